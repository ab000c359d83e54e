import type {
  Download,
  HubFile,
  HubOverview,
  HubPeek,
  HubSnapshot,
  HubVersion,
  LookUpState,
} from '@/api/generated'

/** A version for tests, with little filled in but what is given. */
export function makeVersion(given: Partial<HubVersion> = {}): HubVersion {
  return {
    hub: 'civitai',
    model_id: '1001',
    version_id: '5001',
    model_name: 'Ink Wash',
    name: 'v1',
    type: 'LORA',
    base_model: 'SDXL 1.0',
    description: '',
    trained_words: [],
    tags: [],
    creator: 'mika',
    licence: null,
    nsfw_level: 1,
    published_at: null,
    early_access_until: null,
    downloadable: true,
    why_not: '',
    page_url: 'https://civitai.com/models/1001',
    air: '',
    downloads: 0,
    rating: 0,
    files: [makeFile()],
    images: [],
    ...given,
  }
}

export function makeFile(given: Partial<HubFile> = {}): HubFile {
  return {
    id: '500100',
    name: 'ink_wash.safetensors',
    type: 'Model',
    size_bytes: 1_048_576,
    format: 'SafeTensor',
    primary: true,
    digests: {},
    scan: '',
    ...given,
  }
}

export function makeSnapshot(given: Partial<HubSnapshot> = {}): HubSnapshot {
  return {
    adapter_id: 'a',
    hub: 'civitai',
    state: 'found',
    version: makeVersion(),
    error: '',
    looked_up_at: '2026-01-01T00:00:00Z',
    ...given,
  }
}

export function makePeek(given: Partial<HubPeek> = {}): HubPeek {
  return {
    version: makeVersion(),
    file: makeFile(),
    report: null,
    note: '',
    size_bytes: 1_048_576,
    adapter_ids: [],
    space: [{ root_id: 'r1', free_bytes: 10_737_418_240, fits: true }],
    ...given,
  }
}

export function makeDownload(id: string, given: Partial<Download> = {}): Download {
  return {
    id,
    hub: 'civitai',
    model_id: '1001',
    version_id: '5001',
    file_id: '500100',
    name: `Model ${id}`,
    file_name: `${id}.safetensors`,
    root_id: 'r1',
    folder: '',
    state: 'queued',
    bytes: 0,
    bytes_total: 1_048_576,
    bytes_per_second: 0,
    attempts: 0,
    sha256: '',
    error: '',
    adapter_id: '',
    created_at: '2026-01-01T00:00:00Z',
    finished_at: null,
    ...given,
  }
}

export function makeLookUps(given: Partial<LookUpState> = {}): LookUpState {
  return {
    running: false,
    total: 0,
    done: 0,
    found: 0,
    absent: 0,
    failed: 0,
    pending: 0,
    error: '',
    wait_until: null,
    started_at: null,
    finished_at: null,
    ...given,
  }
}

export function makeOverview(isOn = true, lookups = makeLookUps()): HubOverview {
  const hub = { host: 'hub.test', token: false, reachable: null, error: '' }
  return {
    hubs: [
      { ...hub, name: 'civitai', configured: isOn },
      { ...hub, name: 'civarchive', configured: false },
      { ...hub, name: 'huggingface', configured: isOn },
    ],
    lookups,
  }
}
