package sidecar

// Files as the programs write them, shortened where they repeat.

const civitaiInfo = `{
  "id": 135867, "modelId": 122359, "name": "v1.0", "createdAt": "2023-08-17T22:11:02.334Z",
  "updatedAt": "2024-01-02T10:00:00.000Z", "status": "Published", "publishedAt": "2023-08-17T22:20:11.512Z",
  "trainedWords": ["detail slider", "ink, brush"], "baseModel": "SDXL 1.0", "baseModelType": "Standard",
  "earlyAccessTimeFrame": 0, "description": "<p>Second release.</p>", "nsfwLevel": 1,
  "stats": {"downloadCount": 52311, "ratingCount": 211, "rating": 4.97, "thumbsUpCount": 3000},
  "model": {"name": "Detail Tweaker XL", "type": "LORA", "nsfw": false, "poi": false, "description": "<p>Adds detail.</p>", "tags": ["detail", "tool"]},
  "creator": {"username": "tester", "image": null},
  "files": [
    {"id": 99, "sizeKB": 800000.5, "name": "training_data.zip", "type": "Training Data", "primary": true,
     "hashes": {"SHA256": "1111111111111111111111111111111111111111111111111111111111111111"}},
    {"id": 100, "sizeKB": 223109.61, "name": "add-detail-xl.safetensors", "type": "Model", "metadata": {"fp": null, "size": null, "format": "SafeTensor"},
     "pickleScanResult": "Success", "virusScanResult": "Success",
     "hashes": {"AutoV1": "9C71A23E", "AutoV2": "0D9BD1B873", "SHA256": "0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7",
       "CRC32": "FA123B0B", "BLAKE3": "2D9F0B5E0D2A2C0E4E2F1A6B7C8D9E0F11223344556677889900AABBCCDDEEFF", "AutoV3": "9D5E1A2B3C4D"},
     "downloadUrl": "https://civitai.com/api/download/models/135867"}
  ],
  "images": [
    {"url": "https://image.civitai.com/x/1.jpeg", "nsfwLevel": 1, "width": 1024, "height": 1024, "hash": "U5", "type": "image", "meta": {"prompt": "a cat", "seed": 1234567890123456789}},
    {"url": "javascript:alert(1)", "type": "image"},
    {"url": "https://image.civitai.com/x/2.mp4", "type": "video"}
  ],
  "downloadUrl": "https://civitai.com/api/download/models/135867", "extensions": {"civitai-helper": {"version": "1.9.3"}}
}`

const a1111JSON = `{"description": "Soft ink lines", "sd version": "SD1", "activation text": "inkstyle, thin lines",
  "preferred weight": 0.65, "negative text": "photo", "notes": "works best at 512\nline two"}`

const loraManagerJSON = `{
  "file_name": "add-detail-xl", "model_name": "My own name", "file_path": "/data/loras/add-detail-xl.safetensors", "size": 228464640,
  "modified": 1700000000.25, "sha256": "0d9bd1b873a7863e128b4672e3e245838858f71469a3cec58123c16c06f83bd7", "base_model": "SDXL 1.0",
  "preview_url": "/data/loras/add-detail-xl.webp", "preview_nsfw_level": 2, "notes": "keep low", "from_civitai": true,
  "tags": ["detail", "Tool", "detail"], "modelDescription": "<p>Edited</p>", "civitai_deleted": false, "favorite": true, "exclude": false,
  "autov3": "9d5e1a2b3c4d", "hash_status": "completed",
  "usage_tips": "{\"strength_min\": 0.3, \"strength_max\": 0.8, \"strength\": 0, \"clip_strength\": 0.5}",
  "civitai": {"id": 135867, "modelId": 122359, "name": "v1.0", "trainedWords": ["detail slider"], "baseModel": "SDXL 0.9",
    "model": {"name": "Detail Tweaker XL", "nsfw": true}, "creator": {"username": "tester"},
    "files": [{"name": "other.safetensors", "sizeKB": 1, "hashes": {"SHA256": "2222222222222222222222222222222222222222222222222222222222222222"}}],
    "images": [{"url": "https://image.civitai.com/x/1.jpeg"}]}
}`

const stabilityMatrixJSON = `{"ModelId":122359,"ModelName":"Detail Tweaker XL","ModelDescription":"<p>Adds detail.</p>","Nsfw":true,"Tags":["detail","tool"],
  "ModelType":"LORA","VersionId":135867,"VersionName":"v1.0","VersionDescription":null,"AuthorUsername":"tester","BaseModel":"SDXL 1.0","RemoteFileName":"add-detail-xl.safetensors",
  "FileMetadata":{"fp":"fp16","size":null,"format":"SafeTensor"},"ImportedAt":"2024-03-01T12:00:00.1234567+00:00",
  "Hashes":{"SHA256":"0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7","CRC32":"FA123B0B","BLAKE3":null},
  "TrainedWords":["detail slider"],"Stats":{"downloadCount":5},"UserTitle":"Shown title","ThumbnailImageUrl":"https://image.civitai.com/x/t.jpeg","Source":"Civitai"}`

const swarmJSON = `{"modelspec.title":"Detail XL","modelspec.author":"tester","modelspec.description":"Adds detail","modelspec.trigger_phrase":"detail slider",
  "modelspec.usage_hint":"below 1","modelspec.architecture":"stable-diffusion-xl-v1-base/lora","modelspec.tags":"detail, tool","modelspec.date":"2024-05-06",
  "modelspec.thumbnail":"data:image/jpeg;base64,AAAA","modelspec.hash_sha256":"0x0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7"}`

const sdnextJSON = `{"id": 122359, "name": "Detail Tweaker XL", "description": "<p>Adds detail.</p>", "type": "LORA", "nsfw": false, "poi": false, "allowNoCredit": true,
  "nsfwLevel": 3, "creator": {"username": "tester"}, "tags": ["detail", "tool"], "stats": {"downloadCount": 5},
  "modelVersions": [
    {"id": 200, "name": "v2.0", "baseModel": "Flux.1 D", "trainedWords": ["two"], "files": [{"name": "detail-two.safetensors", "sizeKB": 10, "type": "Model", "primary": true}]},
    {"id": 100, "name": "v1.0", "baseModel": "SDXL 1.0", "trainedWords": ["one"], "publishedAt": "2023-08-17T22:20:11.512Z",
     "files": [{"name": "Detail-One.safetensors", "sizeKB": 12.5, "type": "Model",
       "hashes": {"SHA256": "0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7"}}]}
  ]}`

const prototypeJSON = `{"name": "Celestial Anime Portraits", "description": "Portraits", "creator": {"username": "tester"}, "tags": ["anime"],
  "sd version": "SD1.5", "activation text": "celestial", "supportsGeneration": true, "nsfwLevel": 0, "weight": 0, "model": {"type": "LORA"},
  "modelVersions": [
    {"name": "v1.1", "publishedAt": "2024-01-15T10:30:00Z", "trainedWords": ["celestial", "anime", "portrait"],
     "files": [{"name": "small.safetensors", "sizeKB": 10, "hashes": null},
               {"name": "celestial.safetensors", "sizeKB": 155000.5, "downloadUrl": "https://example.com/celestial", "hashes": {"SHA256": "abc123"}}]},
    {"name": "v1.0", "trainedWords": ["old"]}
  ]}`
