{{- /* Environment variables that every process with a Kafka connection needs. */ -}}
{{- define "comapi.kafkaEnv" -}}
{{- $k := .Values.kafka -}}
- name: KAFKA_BROKERS
  value: {{ join "," $k.brokers | quote }}
{{- with $k.clientId }}
- name: KAFKA_CLIENT_ID
  value: {{ . | quote }}
{{- end }}
- name: KAFKA_TOPIC
  value: {{ $k.topic | quote }}
- name: KAFKA_DEAD_LETTER_TOPIC
  value: {{ $k.deadLetterTopic | quote }}
- name: KAFKA_LATEST_TOPIC
  value: {{ $k.latestTopic | quote }}
{{- if $k.tls.enabled }}
- name: KAFKA_TLS
  value: 'true'
{{- if $k.tls.existingSecret }}
{{- with $k.tls.caKey }}
- name: KAFKA_TLS_CA_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ . }}
{{- end }}
{{- if $k.tls.certKey }}
- name: KAFKA_TLS_CERT_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ $k.tls.certKey }}
- name: KAFKA_TLS_KEY_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ $k.tls.keyKey }}
{{- end }}
{{- end }}
{{- end }}
{{- if $k.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $k.sasl.mechanism }}
- name: KAFKA_SASL_USERNAME
{{- if $k.sasl.username }}
  value: {{ $k.sasl.username | quote }}
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ $k.sasl.existingSecret }}
      key: {{ $k.sasl.usernameKey }}
{{- end }}
{{- if $k.sasl.allowPlaintext }}
- name: KAFKA_SASL_ALLOW_PLAINTEXT
  value: 'true'
{{- end }}
- name: KAFKA_SASL_PASSWORD_FILE
  value: /etc/comapi-webhook/kafka-sasl/{{ $k.sasl.passwordKey }}
{{- end }}
{{- end -}}

{{- define "comapi.kafkaVolumeMounts" -}}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.existingSecret }}
- name: kafka-tls
  mountPath: /etc/comapi-webhook/kafka-tls
  readOnly: true
{{- end }}
{{- if .Values.kafka.sasl.mechanism }}
- name: kafka-sasl
  mountPath: /etc/comapi-webhook/kafka-sasl
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "comapi.kafkaVolumes" -}}
{{- if and .Values.kafka.tls.enabled .Values.kafka.tls.existingSecret }}
- name: kafka-tls
  secret:
    secretName: {{ .Values.kafka.tls.existingSecret }}
    defaultMode: 288 # 0440
{{- end }}
{{- if .Values.kafka.sasl.mechanism }}
- name: kafka-sasl
  secret:
    secretName: {{ .Values.kafka.sasl.existingSecret }}
    defaultMode: 288 # 0440
    items:
      - key: {{ .Values.kafka.sasl.passwordKey }}
        path: {{ .Values.kafka.sasl.passwordKey }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Ports of the brokers and the further ones, as a JSON array. */ -}}
{{- define "comapi.kafkaPorts" -}}
{{- $ports := list -}}
{{- range .Values.kafka.brokers }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
{{- range .Values.networkPolicy.kafkaPorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- toJson ($ports | uniq) -}}
{{- end -}}
