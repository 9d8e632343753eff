{{- /* Whole directories, never a subPath: only so does a changed Secret reach the running process. */ -}}
{{- define "comapi.webhookVolumeMounts" -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks }}
- name: webhook-{{ .name }}
  mountPath: {{ include "comapi.secretsDir" . }}
  readOnly: true
{{- end }}
{{- end -}}

{{- define "comapi.webhookVolumes" -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks }}
{{ include "comapi.secretVolume" (dict "name" (printf "webhook-%s" .name) "from" .) }}
{{- end }}
{{- end -}}

{{- /* Where the secrets of a registration are mounted; call with the registration. */ -}}
{{- define "comapi.secretsDir" -}}
/etc/comapi-webhook/webhooks/{{ .name }}
{{- end -}}

{{- /* Content of WEBHOOKS_FILE. */ -}}
{{- define "comapi.webhooksFile" -}}
{{- $entries := list -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- $entry := dict "name" .name "path" .path "secretsDir" (include "comapi.secretsDir" .) -}}
{{- if .topic }}{{ $_ := set $entry "topic" .topic }}{{ end -}}
{{- if .deadLetterTopic }}{{ $_ := set $entry "deadLetterTopic" .deadLetterTopic }}{{ end -}}
{{- if .latestTopic }}{{ $_ := set $entry "latestTopic" .latestTopic }}{{ end -}}
{{- if hasKey . "topicRules" }}{{ $_ := set $entry "topicRules" (include "comapi.topicRules" .topicRules) }}{{ end -}}
{{- $entries = append $entries $entry -}}
{{- end -}}
{{- toPrettyJson $entries -}}
{{- end -}}

{{- /* Paths that a route may expose, as a JSON array; call with (list $ landingPage). */ -}}
{{- define "comapi.publicPaths" -}}
{{- $paths := list -}}
{{- range (include "comapi.webhooks" (index . 0) | fromJson).webhooks }}{{ $paths = append $paths .path }}{{ end -}}
{{- if index . 1 }}{{ $paths = append $paths "/" }}{{ end -}}
{{- toJson ($paths | uniq) -}}
{{- end -}}

{{- /* How the provider's API is reached; call with the values of the registration. */ -}}
{{- define "comapi.providerApiEnv" -}}
- name: COMAPI_API_REGION
  value: {{ .region }}
- name: COMAPI_API_USERNAME
{{- if .username }}
  value: {{ .username | quote }}
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: username
{{- end }}
- name: COMAPI_API_PASSWORD_FILE
  value: /etc/comapi-webhook/api/password
{{- end -}}
