{{- define "comapi.kafkaEnv" -}}
{{- $k := .Values.kafka -}}
- name: KAFKA_BROKERS
  value: {{ join "," $k.brokers | quote }}
- name: KAFKA_TOPIC
  value: {{ .Values.store.topic | quote }}
{{- with $k.deadLetterTopic }}
- name: KAFKA_DEAD_LETTER_TOPIC
  value: {{ . | quote }}
{{- end }}
{{- with $k.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ . }}
{{- end }}
{{- if include "comapi.secretOf" $k.sasl }}
- name: KAFKA_SASL_USERNAME
{{- if $k.sasl.username }}
  value: {{ $k.sasl.username | quote }}
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ $k.sasl.existingSecret }}
      key: username
{{- end }}
- name: KAFKA_SASL_PASSWORD_FILE
  value: {{ include "comapi.storeFile" . }}
{{- end }}
{{- end -}}

{{- /* `true` if connections to the brokers use TLS, because of their URLs or the variable KAFKA_TLS. Otherwise empty. */ -}}
{{- define "comapi.kafkaTlsOn" -}}
{{- if or (hasPrefix "kafka+ssl://" (join "," .Values.kafka.brokers)) (eq (toString .Values.env.KAFKA_TLS) "true") }}true{{ end -}}
{{- end -}}
