{{- define "comapi.kafkaEnv" -}}
{{- $k := .Values.kafka -}}
- name: KAFKA_BROKERS
  value: {{ join "," $k.brokers | quote }}
- name: KAFKA_TOPIC
  value: {{ $k.topic | quote }}
{{- with $k.topicRules }}
- name: TOPIC_RULES
  value: {{ include "comapi.topicRules" . | quote }}
{{- end }}
- name: KAFKA_DEAD_LETTER_TOPIC
  value: {{ $k.deadLetterTopic | quote }}
- name: KAFKA_LATEST_TOPIC
  value: {{ $k.latestTopic | quote }}
- name: KAFKA_COMPRESSION
  value: {{ $k.compression | quote }}
{{- if include "comapi.kafkaTlsOn" . }}
- name: KAFKA_TLS
  value: 'true'
{{- with $k.tls.serverName }}
- name: STORE_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- if include "comapi.kafkaTls" . }}
{{- with $k.tls.caKey }}
- name: STORE_TLS_CA_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ . }}
{{- end }}
{{- if $k.tls.certKey }}
- name: STORE_TLS_CERT_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ $k.tls.certKey }}
- name: STORE_TLS_KEY_FILE
  value: /etc/comapi-webhook/kafka-tls/{{ $k.tls.keyKey }}
{{- end }}
{{- end }}
{{- end }}
{{- if $k.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $k.sasl.mechanism }}
{{- if include "comapi.kafkaSaslSecret" . }}
- name: KAFKA_SASL_USERNAME
{{- if $k.sasl.username }}
  value: {{ $k.sasl.username | quote }}
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ $k.sasl.existingSecret }}
      key: {{ $k.sasl.usernameKey }}
{{- end }}
- name: KAFKA_SASL_PASSWORD_FILE
  value: /etc/comapi-webhook/kafka-sasl/{{ $k.sasl.passwordKey }}
{{- end }}
{{- if $k.sasl.allowPlaintext }}
- name: ALLOW_PLAINTEXT
  value: 'true'
{{- end }}
{{- if eq $k.sasl.mechanism "oauthbearer" }}
{{- include "comapi.kafkaOauthEnv" $k.sasl.oauth }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "comapi.kafkaOauthEnv" }}
{{- if eq .provider "token-file" }}
- name: KAFKA_OAUTH_TOKEN_FILE
  value: {{ .tokenFile | default "/etc/comapi-webhook/kafka-token/token" | quote }}
{{- end }}
{{- with .tokenEndpoint }}
- name: KAFKA_OAUTH_TOKEN_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .scope }}
- name: KAFKA_OAUTH_SCOPE
  value: {{ . | quote }}
{{- end }}
{{- with .extensions }}
- name: KAFKA_OAUTH_EXTENSIONS
  value: {{ . | quote }}
{{- end }}
{{- with .region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{- /* A login with a name and something secret from a Secret: not empty when it is one. */ -}}
{{- define "comapi.kafkaSaslSecret" -}}
{{- with .Values.kafka.sasl -}}
{{- if and .mechanism (or (ne .mechanism "oauthbearer") (eq .oauth.provider "client-credentials")) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- /* A service account token for the brokers: not empty when there is one. */ -}}
{{- define "comapi.kafkaToken" -}}
{{- with .Values.kafka.sasl -}}
{{- if and (eq .mechanism "oauthbearer") (eq .oauth.provider "token-file") .oauth.audience }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- /* TLS to the brokers: not empty when it is on, by its value or by the brokers' URLs. */ -}}
{{- define "comapi.kafkaTlsOn" -}}
{{- with .Values.kafka -}}
{{- if or .tls.enabled (hasPrefix "kafka+ssl://" (join "," .brokers)) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- /* Files for TLS to the brokers: not empty when there are some. */ -}}
{{- define "comapi.kafkaTls" -}}
{{- with .Values.kafka.tls -}}
{{- if and (include "comapi.kafkaTlsOn" $) (or .existingSecret .existingCaSecret .secretProviderClass) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.kafkaVolumeMounts" -}}
{{- if include "comapi.kafkaTls" . }}
- name: kafka-tls
  mountPath: /etc/comapi-webhook/kafka-tls
  readOnly: true
{{- end }}
{{- if include "comapi.kafkaSaslSecret" . }}
- name: kafka-sasl
  mountPath: /etc/comapi-webhook/kafka-sasl
  readOnly: true
{{- end }}
{{- if include "comapi.kafkaToken" . }}
- name: kafka-token
  mountPath: /etc/comapi-webhook/kafka-token
  readOnly: true
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
{{- if include "comapi.kafkaSaslSecret" . }}
{{ include "comapi.secretVolume" (dict "name" "kafka-sasl" "from" .Values.kafka.sasl "items" (list .Values.kafka.sasl.passwordKey)) }}
{{- end }}
{{- if include "comapi.kafkaToken" . }}
- name: kafka-token
  projected:
    defaultMode: 288 # 0440
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ .Values.kafka.sasl.oauth.audience | quote }}
          expirationSeconds: {{ .Values.kafka.sasl.oauth.expirationSeconds }}
{{- end }}
{{- end -}}
