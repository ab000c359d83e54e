{{- define "loramanager.name" -}}
{{- .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name (.Values.nameOverride | default .Chart.Name)) (contains (.Values.nameOverride | default .Chart.Name) .Release.Name)) | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "loramanager.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "loramanager.metadata" -}}
labels:
  {{- include "loramanager.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "loramanager.secret" -}}
valueFrom:
  secretKeyRef: {name: {{ .name | quote }}, key: {{ .key | quote }}}
{{- end -}}

{{- define "loramanager.hosts" -}}
{{- $hosts := .Values.allowedHosts -}}
{{- if .Values.ingress.enabled -}}{{- $hosts = append $hosts .Values.ingress.host -}}{{- end -}}
{{- $hosts | uniq | join "," -}}
{{- end -}}

{{/* What servers and workers have in common. */}}
{{- define "loramanager.env" -}}
- name: ENVIRONMENT
  value: production
- name: LORAMANAGER_LISTEN
  value: 0.0.0.0:8000
- name: LORAMANAGER_DATA
  value: /data
- name: IMPORT_PATH
  value: /loras
- name: LORAMANAGER_WILDCARDS
  value: /shared/wildcards
- name: LORAMANAGER_BACKUPS
  value: /shared/backups
- name: LORAMANAGER_WORKER_NAME
  valueFrom:
    fieldRef: {fieldPath: metadata.name}
- name: DATABASE_URL
  {{- include "loramanager.secret" .Values.secrets.database | nindent 2 }}
- name: REDIS_URL
  {{- include "loramanager.secret" .Values.secrets.redis | nindent 2 }}
- name: API_KEY
  {{- include "loramanager.secret" .Values.secrets.apiKey | nindent 2 }}
- name: LORAMANAGER_PICTURES_S3_ENDPOINT
  value: {{ .Values.pictures.s3Endpoint | quote }}
- name: LORAMANAGER_PICTURES_S3_BUCKET
  value: {{ .Values.pictures.s3Bucket | quote }}
- name: LORAMANAGER_PICTURES_S3_REGION
  value: {{ .Values.pictures.s3Region | quote }}
- name: LORAMANAGER_PICTURES_S3_ACCESS_KEY
  {{- include "loramanager.secret" (dict "name" .Values.secrets.s3.name "key" .Values.secrets.s3.accessKey) | nindent 2 }}
- name: LORAMANAGER_PICTURES_S3_SECRET_KEY
  {{- include "loramanager.secret" (dict "name" .Values.secrets.s3.name "key" .Values.secrets.s3.secretKey) | nindent 2 }}
{{- with .Values.backups.s3Bucket }}
- name: LORAMANAGER_BACKUPS_S3_ENDPOINT
  value: {{ $.Values.pictures.s3Endpoint | quote }}
- name: LORAMANAGER_BACKUPS_S3_BUCKET
  value: {{ . | quote }}
- name: LORAMANAGER_BACKUPS_S3_REGION
  value: {{ $.Values.pictures.s3Region | quote }}
- name: LORAMANAGER_BACKUPS_S3_ACCESS_KEY
  {{- include "loramanager.secret" (dict "name" $.Values.secrets.s3.name "key" $.Values.secrets.s3.accessKey) | nindent 2 }}
- name: LORAMANAGER_BACKUPS_S3_SECRET_KEY
  {{- include "loramanager.secret" (dict "name" $.Values.secrets.s3.name "key" $.Values.secrets.s3.secretKey) | nindent 2 }}
{{- end }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* A pod that may do nothing it does not need. */}}
{{- define "loramanager.pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: data
    emptyDir: {}
  - name: tmp
    emptyDir: {}
  - name: loras
    persistentVolumeClaim: {claimName: {{ .Values.library.claim | quote }}, readOnly: {{ .Values.library.readOnly | default false }}}
  - name: shared
    persistentVolumeClaim: {claimName: {{ .Values.shared.claim | quote }}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "loramanager.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: data, mountPath: /data}
  - {name: tmp, mountPath: /tmp}
  - {name: loras, mountPath: /loras, readOnly: {{ .Values.library.readOnly | default false }}}
  - {name: shared, mountPath: /shared}
{{- end -}}
