{{- define "comapi.rabbitmqEnv" -}}
{{- with .Values.rabbitmq -}}
{{ include "comapi.urlEnv" (list "rabbitmq" .) }}
{{- if .allowPlaintext }}
- name: ALLOW_PLAINTEXT
  value: 'true'
{{- end }}
{{- if .exchange }}
- name: RABBITMQ_EXCHANGE
  value: {{ .exchange | quote }}
{{- else }}
- name: RABBITMQ_QUEUE
  value: {{ .queue | quote }}
- name: RABBITMQ_QUEUE_COUNT
  value: {{ .queueCount | quote }}
{{- end }}
{{- with include "comapi.topicRules" .queueRules }}
- name: TOPIC_RULES
  value: {{ . | quote }}
{{- end }}
- name: RABBITMQ_DEAD_LETTER_QUEUE
  value: {{ .deadLetterQueue | quote }}
{{- end -}}
{{- end -}}

{{- define "comapi.rabbitmqVolumeMounts" }}{{ include "comapi.urlVolumeMounts" (list "rabbitmq" .Values.rabbitmq) }}{{ end -}}

{{- define "comapi.rabbitmqVolumes" }}{{ include "comapi.urlVolumes" (list "rabbitmq" .Values.rabbitmq) }}{{ end -}}
