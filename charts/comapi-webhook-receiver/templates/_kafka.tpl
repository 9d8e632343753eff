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
- name: KAFKA_COMPRESSION
  value: {{ $k.compression | quote }}
{{- if $k.tls.enabled }}
- name: KAFKA_TLS
  value: 'true'
{{- if include "comapi.kafkaTls" . }}
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

{{- /* Files for TLS to the brokers: not empty when there are some. */ -}}
{{- define "comapi.kafkaTls" -}}
{{- with .Values.kafka.tls -}}
{{- if and .enabled (or .existingSecret .existingCaSecret .secretProviderClass) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.kafkaVolumeMounts" -}}
{{- if include "comapi.kafkaTls" . }}
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
{{- if include "comapi.kafkaTls" . }}
{{- with .Values.kafka.tls }}
{{- if .existingCaSecret }}
- name: kafka-tls
  projected:
    defaultMode: 288 # 0440
    sources:
      - secret:
          name: {{ .existingCaSecret }}
          items:
            - key: {{ .caKey }}
              path: {{ .caKey }}
      {{- if .certKey }}
      - secret:
          name: {{ .existingSecret }}
          items:
            {{- range list .certKey .keyKey }}
            - key: {{ . }}
              path: {{ . }}
            {{- end }}
      {{- end }}
{{- else }}
{{ include "comapi.secretVolume" (dict "name" "kafka-tls" "from" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.kafka.sasl.mechanism }}
{{ include "comapi.secretVolume" (dict "name" "kafka-sasl" "from" .Values.kafka.sasl "items" (list .Values.kafka.sasl.passwordKey)) }}
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
