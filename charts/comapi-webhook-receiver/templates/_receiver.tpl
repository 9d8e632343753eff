{{- /* Variables that only the receiver's pod has. */ -}}
{{- define "comapi.receiver.env" -}}
- name: HTTP_PORT
  value: '8080'
- name: WEBHOOKS_FILE
  value: /etc/comapi-webhook/config/webhooks.json
- name: MANAGEMENT_PORT
  value: '9090'
{{- with include "comapi.baseUrl" . }}
- name: PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- if include "comapi.tls" . }}
- name: TLS_CERT_FILE
  value: /etc/comapi-webhook/tls/tls.crt
- name: TLS_KEY_FILE
  value: /etc/comapi-webhook/tls/tls.key
{{- end }}
{{- include "comapi.spoolEnv" . }}
{{ include "comapi.storeEnv" . }}
{{- end -}}

{{- define "comapi.receiver.volumeMounts" -}}
- name: config
  mountPath: /etc/comapi-webhook/config
  readOnly: true
{{- include "comapi.webhookVolumeMounts" . }}
{{- if include "comapi.tls" . }}
- name: tls
  mountPath: /etc/comapi-webhook/tls
  readOnly: true
{{- end }}
{{- include "comapi.spoolVolumeMount" . }}
{{- include "comapi.storeVolumeMounts" . }}
{{- end -}}

{{- define "comapi.receiver.volumes" -}}
- name: config
  configMap:
    name: {{ include "comapi.fullname" . }}
{{- include "comapi.webhookVolumes" . }}
{{- if include "comapi.tls" . }}
{{ include "comapi.secretVolume" (dict "name" "tls" "from" (include "comapi.tlsSource" . | fromYaml)) }}
{{- end }}
{{- include "comapi.storeVolumes" . }}
{{- end -}}
