package infotext

// What each producer writes, as it stands in pictures found in the wild, with names and
// numbers of our own.

const a1111Text = `masterpiece, a cat <lora:ink_wash:0.8>
on a roof, <lora:glow:1>
Negative prompt: blurry,
bad hands
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4242424242, Size: 832x1216, Model hash: 67ab2fd8ec, Model: pony_v6, VAE: sdxl.vae, Clip skip: 2, Denoising strength: 0.35, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: 4x-UltraSharp, Lora hashes: "ink_wash: 0123456789ab, glow: fedcba987654", Version: v1.10.1`

const forgeText = `a cat
Steps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 7, Size: 896x1152, Model: flux1-dev, Lora hashes: "水墨: 0123456789ab", Version: f2.0.1v1.10.1-previous-664-gd557aef9d, Module 1: ae`

const sdnextText = `a cat <lora:one:0.7>
Negative prompt: dog
Steps: 20, Size: 1024x1024, Sampler: Euler a, Seed: 99, CFG scale: 6, Model: model, App: SD.Next, Version: 1234abc, Operations: txt2img, LoRA networks: "one:0.7, two:0.25", LoRA hashes: "01234567, 89abcdef"`

const sdcppText = `a cat
Negative prompt: bad
Steps: 2, CFG scale: 3.000000, Guidance: 3.500000, Eta: 0.000000, Seed: 1, Size: 64x64, Model: tiny.safetensors, RNG: cuda, Sampler: euler_a discrete, Version: stable-diffusion.cpp`

const civitaiText = `a cat
Negative prompt: dog
Steps: 25, Sampler: Undefined, CFG scale: 4, Seed: 5, Size: 832x1216, Clip skip: 2, Hashes: {"model":"67ab2fd8ec","lora:ink_wash":"0123456789"}, Created Date: 2024-05-05T05:05:05.0Z, Civitai resources: [{"type":"checkpoint","modelVersionId":1,"modelName":"Pony","modelVersionName":"v6"},{"type":"lora","weight":0.6,"modelVersionId":222,"modelName":"Ink Wash, the style","modelVersionName":"v2"},{"type":"lycoris","weight":1,"air":"urn:air:sdxl:lora:civitai:10@333"}], Civitai metadata: {"remixOfId": 9}`

const addNetText = `a cat
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3, Size: 512x512, AddNet Enabled: True, AddNet Module 1: LoRA, AddNet Model 1: ink_wash(0123456789ab), AddNet Weight A 1: 0.9, AddNet Weight B 1: 0.4, AddNet Module 2: LoRA, AddNet Model 2: glow(fedcba987654), AddNet Weight A 2: 0.5`

const comfyPrompt = `{
"3":{"class_type":"KSampler","inputs":{"seed":156680208700286,"steps":20,"cfg":8,"sampler_name":"euler","scheduler":"normal","denoise":1,"model":["12",0],"positive":["20",0],"negative":["20",1],"latent_image":["5",0]}},
"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sd15/dream.safetensors"}},
"5":{"class_type":"EmptyLatentImage","inputs":{"width":["30",0],"height":768,"batch_size":1}},
"6":{"class_type":"CLIPTextEncode","inputs":{"text":["31",0],"clip":["12",1]}},
"7":{"class_type":"CLIPTextEncode","inputs":{"text":"dog","clip":["12",1]}},
"8":{"class_type":"VAEDecode","inputs":{"samples":["40",0],"vae":["4",2]}},
"9":{"class_type":"SaveImage","inputs":{"images":["8",0]}},
"10":{"class_type":"LoraLoader","inputs":{"lora_name":"styles\\ink_wash.safetensors","strength_model":0.8,"strength_clip":0.5,"model":["4",0],"clip":["4",1]}},
"11":{"class_type":"Power Lora Loader (rgthree)","inputs":{"PowerLoraLoaderHeaderWidget":{"type":"x"},"lora_1":{"on":true,"lora":"glow.safetensors","strength":0.6},"lora_2":{"on":false,"lora":"off.safetensors","strength":1},"model":["10",0],"clip":["10",1]}},
"12":{"class_type":"Lora Loader (LoraManager)","inputs":{"text":"","loras":{"__value__":[{"name":"lines","strength":"0.4","clipStrength":"0.4","active":true},{"name":"idle","strength":1,"active":false}]},"model":["11",0],"clip":["11",1]}},
"20":{"class_type":"ControlNetApplyAdvanced","inputs":{"positive":["6",0],"negative":["7",0],"strength":1,"control_net":["21",0],"image":["22",0]}},
"21":{"class_type":"ControlNetLoader","inputs":{"control_net_name":"canny"}},
"22":{"class_type":"LoadImage","inputs":{"image":"x.png"}},
"30":{"class_type":"PrimitiveInt","inputs":{"value":512}},
"31":{"class_type":"PrimitiveString","inputs":{"value":"a cat"}},
"40":{"class_type":"KSampler","inputs":{"seed":1,"steps":9,"cfg":4,"sampler_name":"dpmpp_2m","scheduler":"karras","denoise":0.4,"model":["12",0],"positive":["6",0],"negative":["7",0],"latent_image":["3",0]}},
"50":{"class_type":"LoraLoaderModelOnly","inputs":{"lora_name":"dangling.safetensors","strength_model":1,"model":["4",0]},"is_changed":[NaN]}
}`

const fluxPrompt = `{
"1":{"class_type":"SamplerCustomAdvanced","inputs":{"noise":["2",0],"guider":["3",0],"sampler":["4",0],"sigmas":["5",0],"latent_image":["6",0]}},
"2":{"class_type":"RandomNoise","inputs":{"noise_seed":77}},
"3":{"class_type":"BasicGuider","inputs":{"model":["7",0],"conditioning":["8",0]}},
"4":{"class_type":"KSamplerSelect","inputs":{"sampler_name":"euler"}},
"5":{"class_type":"BasicScheduler","inputs":{"scheduler":"simple","steps":24,"denoise":1,"model":["7",0]}},
"6":{"class_type":"EmptySD3LatentImage","inputs":{"width":1024,"height":1024,"batch_size":1}},
"7":{"class_type":"CR Apply LoRA Stack","inputs":{"model":["10",0],"clip":["11",0],"lora_stack":["12",0]}},
"8":{"class_type":"FluxGuidance","inputs":{"guidance":3.5,"conditioning":["9",0]}},
"9":{"class_type":"CLIPTextEncode","inputs":{"text":"a cat","clip":["7",1]}},
"10":{"class_type":"UNETLoader","inputs":{"unet_name":"flux1-dev.safetensors"}},
"11":{"class_type":"DualCLIPLoader","inputs":{"clip_name1":"a","clip_name2":"b"}},
"12":{"class_type":"CR LoRA Stack","inputs":{"switch_1":"On","lora_name_1":"ink_wash.safetensors","model_weight_1":0.7,"clip_weight_1":1,"switch_2":"Off","lora_name_2":"off.safetensors","model_weight_2":1,"clip_weight_2":1,"switch_3":"On","lora_name_3":"None"}},
"13":{"class_type":"SaveImage","inputs":{"images":["14",0]}},
"14":{"class_type":"VAEDecode","inputs":{"samples":["1",0]}}
}`

const efficientPrompt = `{
"1":{"class_type":"Efficient Loader","inputs":{"ckpt_name":"dream.safetensors","lora_name":"ink_wash.safetensors","lora_model_strength":0.7,"lora_clip_strength":0.6,"positive":"a cat","negative":"dog","empty_latent_width":512,"empty_latent_height":640,"lora_stack":["2",0]}},
"2":{"class_type":"LoRA Stacker","inputs":{"lora_count":2,"lora_name_1":"glow.safetensors","model_str_1":0.3,"clip_str_1":0.3,"lora_name_2":"None"}},
"3":{"class_type":"KSampler (Efficient)","inputs":{"seed":5,"steps":20,"cfg":7,"sampler_name":"euler","scheduler":"normal","denoise":1,"model":["4",0],"positive":["1",1],"negative":["1",2],"latent_image":["1",3]}},
"4":{"class_type":"WanVideoLoraSelect","inputs":{"lora":"motion.safetensors","strength":1.2,"model":["1",0]}},
"5":{"class_type":"PreviewImage","inputs":{"images":["3",5]}}
}`

const comfyWorkflow = `{"last_node_id":9,"nodes":[
{"id":3,"type":"KSampler","mode":0,"inputs":[{"name":"model","link":1},{"name":"positive","link":4},{"name":"negative","link":6},{"name":"latent_image","link":2}],"widgets_values":[42,"randomize",20,8,"euler","normal",1]},
{"id":4,"type":"CheckpointLoaderSimple","mode":0,"inputs":[],"widgets_values":["dream.safetensors"]},
{"id":5,"type":"EmptyLatentImage","mode":0,"inputs":[],"widgets_values":[512,768,1]},
{"id":6,"type":"CLIPTextEncode","mode":0,"inputs":[{"name":"clip","link":5}],"widgets_values":["a cat"]},
{"id":7,"type":"CLIPTextEncode","mode":0,"inputs":[{"name":"clip","link":5}],"widgets_values":["dog"]},
{"id":10,"type":"LoraLoader","mode":0,"inputs":[{"name":"model","link":7},{"name":"clip","link":8}],"widgets_values":["ink_wash.safetensors",0.8,0.8]},
{"id":11,"type":"LoraLoader","mode":4,"inputs":[{"name":"model","link":9},{"name":"clip","link":10}],"widgets_values":["passed.safetensors",1,1]},
{"id":12,"type":"Power Lora Loader (rgthree)","mode":0,"inputs":[{"name":"model","link":11}],"widgets_values":[{},{"type":"PowerLoraLoaderHeaderWidget"},{"on":true,"lora":"glow.safetensors","strength":0.6,"strengthTwo":null},{},""]},
{"id":8,"type":"VAEDecode","mode":0,"inputs":[{"name":"samples","link":12}]},
{"id":9,"type":"SaveImage","mode":0,"inputs":[{"name":"images","link":13}],"widgets_values":["x"]}],
"links":[[1,12,0,3,0,"MODEL"],[2,5,0,3,3,"LATENT"],[4,6,0,3,1,"CONDITIONING"],[6,7,0,3,2,"CONDITIONING"],[5,11,1,6,0,"CLIP"],[7,4,0,10,0,"MODEL"],[8,4,1,10,1,"CLIP"],[9,10,0,11,0,"MODEL"],[10,10,1,11,1,"CLIP"],[11,11,0,12,0,"MODEL"],[12,3,0,8,0,"LATENT"],[13,8,0,9,0,"IMAGE"]]}`

const invokeJSON = `{"app_version":"5.4.2","generation_mode":"sdxl_txt2img","positive_prompt":"a cat","negative_prompt":"dog","width":1024,"height":1024,"seed":123,"cfg_scale":5.5,"steps":30,"scheduler":"euler_a","model":{"key":"k","hash":"blake3:aa","name":"Juggernaut","base":"sdxl","type":"main"},"loras":[{"model":{"key":"k2","hash":"blake3:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","name":"Ink Wash","base":"sdxl","type":"lora"},"weight":0.75}],"strength":0.5}`

const swarmJSON = `{"sui_image_params":{"prompt":"a cat <lora:x:1>","negativeprompt":"dog","model":"sdxl/pony","seed":321,"steps":20,"cfgscale":7.0,"width":1024,"height":768,"sampler":"dpmpp_2m","scheduler":"karras","loras":["styles/ink_wash","glow"],"loraweights":["0.8","1"],"loratencweights":["0.5","1"],"lorasectionconfinement":["0","5"],"swarm_version":"0.9.4"},"sui_extra_data":{"date":"2025-01-01"},"sui_models":[{"name":"styles/ink_wash.safetensors","param":"loras","hash":"0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},{"name":"sdxl/pony.safetensors","param":"model","hash":"0xff"}]}`

const novelComment = `{"prompt":"a cat","steps":28,"height":1216,"width":832,"scale":5.0,"seed":11,"sampler":"k_euler_ancestral","noise_schedule":"karras","uc":"dog","v4_prompt":{"caption":{"base_caption":"a cat","char_captions":[{"char_caption":"girl"}]}}}`

const matrixJSON = `{"PositivePrompt":"a cat","NegativePrompt":"dog","Steps":15,"Sampler":"euler","CfgScale":6,"Seed":8,"Height":768,"Width":512,"ModelHash":"aa","ModelName":"dream"}`

const fooocusJSON = `{"base_model":"juggernaut.safetensors","guidance_scale":4.0,"prompt":"a cat","negative_prompt":"dog","steps":30,"sampler":"dpmpp_2m_sde_gpu","scheduler":"karras","seed":"6","resolution":"(1152, 896)","loras":[["ink_wash.safetensors",0.5,"0123456789"]],"version":"Fooocus v2.5.5"}`

const fooocusOld = `{"base_model":"juggernaut.safetensors","guidance_scale":4.0,"prompt":"a cat","seed":"6","lora_combined_1":"ink_wash.safetensors : 0.5","lora_combined_2":"glow.safetensors : 0.1"}`

const xmpText = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>cat</rdf:li><rdf:li>roof</rdf:li></rdf:Bag></dc:subject><dc:description><rdf:Alt><rdf:li xml:lang="x-default">a cat&#xA;Steps: 4, Sampler: Euler, Seed: 2</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>`
