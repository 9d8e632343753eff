{{- /* Mounts whole directories, never a subPath. Otherwise, a changed Secret would not reach the running process. */ -}}
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

{{- /* Directory in which the secrets of a registration are mounted. Call with the registration. */ -}}
{{- define "comapi.secretsDir" -}}
/etc/comapi-webhook/webhooks/{{ .name }}
{{- end -}}

{{- /* Content of the file that the variable WEBHOOKS_FILE names. */ -}}
{{- define "comapi.webhooksFile" -}}
{{- $entries := list -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- $entry := dict "name" .name "path" .path "secretsDir" (include "comapi.secretsDir" .) -}}
{{- if .topic }}{{ $_ := set $entry "topic" .topic }}{{ end -}}
{{- if .deadLetterTopic }}{{ $_ := set $entry "deadLetterTopic" .deadLetterTopic }}{{ end -}}
{{- if hasKey . "topicRules" }}{{ $_ := set $entry "topicRules" (include "comapi.topicRules" .topicRules) }}{{ end -}}
{{- $entries = append $entries $entry -}}
{{- end -}}
{{- toPrettyJson $entries -}}
{{- end -}}

{{- /* Paths that a route exposes, as a JSON array. */ -}}
{{- define "comapi.publicPaths" -}}
{{- $paths := list -}}
{{- range (include "comapi.webhooks" . | fromJson).webhooks }}{{ $paths = append $paths .path }}{{ end -}}
{{- toJson $paths -}}
{{- end -}}

{{- /* Variables of the API user. The user name comes from the Secret or from `env`. Region and URL come from `env`. */ -}}
{{- define "comapi.providerApiEnv" -}}
{{- if kindIs "invalid" .Values.env.COMAPI_API_USERNAME }}
- name: COMAPI_API_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ .Values.registration.existingSecret }}
      key: username
{{- end }}
- name: COMAPI_API_PASSWORD_FILE
  value: /etc/comapi-webhook/api/password
{{- end -}}
