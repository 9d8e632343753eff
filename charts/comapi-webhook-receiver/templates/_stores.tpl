{{- /* The configured store: kafka, rabbitmq or redis. */ -}}
{{- define "comapi.store" -}}
{{- if include "comapi.secretOf" .Values.rabbitmq }}rabbitmq{{ else if include "comapi.secretOf" .Values.redis }}redis{{ else }}kafka{{ end -}}
{{- end -}}

{{- define "comapi.storeTitle" }}{{ get (dict "kafka" "Kafka" "rabbitmq" "RabbitMQ" "redis" "Redis") (include "comapi.store" .) }}{{ end -}}

{{- /* Name of the Secret or SecretProviderClass that contains a secret. Empty if neither is set. Call with the values that contain
       `existingSecret` or `secretProviderClass`. */ -}}
{{- define "comapi.secretOf" }}{{ .existingSecret | default .secretProviderClass }}{{ end -}}

{{- /* Default topics of events and of dead letters, as JSON. "path" is the value that sets the topic. */ -}}
{{- define "comapi.topicValues" -}}
{{- $found := dict "path" "store.topic" "topic" .Values.store.topic -}}
{{- if and (eq (include "comapi.store" .) "rabbitmq") .Values.rabbitmq.exchange -}}
{{- $found = dict "path" "rabbitmq.exchange" "topic" .Values.rabbitmq.exchange -}}
{{- end -}}
{{- $deadLetters := ternary .Values.kafka.deadLetterTopic "" (eq (include "comapi.store" .) "kafka") -}}
{{- $_ := set $found "deadLetterTopic" ($deadLetters | default (printf "%s.dead-letter" $found.topic)) -}}
{{- toJson $found -}}
{{- end -}}

{{- /* Dead-letter topic of a registration. Call with (list TOPIC-VALUES REGISTRATION). */ -}}
{{- define "comapi.deadLetterTopic" -}}
{{- with index . 1 -}}
{{- if .deadLetterTopic }}{{ .deadLetterTopic }}{{ else if .topic }}{{ .topic }}.dead-letter{{ else }}{{ (index $ 0).deadLetterTopic }}{{ end -}}
{{- end -}}
{{- end -}}

{{- /* Login of the store, as JSON: {"from", "key"}. "from" has the values that name the Secret, and "key" is the key that is mounted as
       a file. */ -}}
{{- define "comapi.storeLogin" -}}
{{- $v := .Values -}}
{{- $logins := dict "kafka" (dict "from" $v.kafka.sasl "key" "password") "redis" (dict "from" $v.redis "key" "url") -}}
{{- $_ := set $logins "rabbitmq" (dict "from" $v.rabbitmq "key" $v.rabbitmq.urlKey) -}}
{{- get $logins (include "comapi.store" .) | toJson -}}
{{- end -}}

{{- define "comapi.storeFile" }}/etc/comapi-webhook/store/{{ (include "comapi.storeLogin" . | fromJson).key }}{{ end -}}

{{- /* Variables that every process with a connection to the store needs. */ -}}
{{- define "comapi.storeEnv" -}}
{{ include (printf "comapi.%sEnv" (include "comapi.store" .)) . }}
{{- with .Values.store.topicRules }}
- name: TOPIC_RULES
  value: {{ include "comapi.topicRules" . | quote }}
{{- end }}
{{- with .Values.store.tls }}
{{- if or .existingCaSecret .secretProviderClass }}
- name: STORE_TLS_CA_FILE
  value: /etc/comapi-webhook/store-tls/ca.crt
{{- end }}
{{- if include "comapi.secretOf" . }}
- name: STORE_TLS_CERT_FILE
  value: /etc/comapi-webhook/store-tls/{{ .certKey }}
- name: STORE_TLS_KEY_FILE
  value: /etc/comapi-webhook/store-tls/{{ include "comapi.keyKey" . }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Key of the private key in the Secret: the key of the certificate with `.key` instead of `.crt`. */ -}}
{{- define "comapi.keyKey" }}{{ trimSuffix ".crt" .certKey }}.key{{ end -}}

{{- /* Mounts whole directories, never a subPath, so that the next connection sees a changed Secret. */ -}}
{{- define "comapi.storeVolumeMounts" -}}
{{- if include "comapi.secretOf" (include "comapi.storeLogin" . | fromJson).from }}
- name: store
  mountPath: /etc/comapi-webhook/store
  readOnly: true
{{- end }}
{{- if or (include "comapi.secretOf" .Values.store.tls) .Values.store.tls.existingCaSecret }}
- name: store-tls
  mountPath: /etc/comapi-webhook/store-tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "comapi.storeVolumes" -}}
{{- $login := include "comapi.storeLogin" . | fromJson -}}
{{- if include "comapi.secretOf" $login.from }}
{{ include "comapi.secretVolume" (dict "name" "store" "from" $login.from "items" (list $login.key)) }}
{{- end }}
{{- with .Values.store.tls }}
{{- if .secretProviderClass }}
{{ include "comapi.secretVolume" (dict "name" "store-tls" "from" .) }}
{{- else if or .existingCaSecret .existingSecret }}
- name: store-tls
  projected:
    defaultMode: 288 # 0440
    sources:
      {{- with .existingCaSecret }}
      - secret:
          name: {{ . }}
          items: [{ key: ca.crt, path: ca.crt }]
      {{- end }}
      {{- with .existingSecret }}
      - secret:
          name: {{ . }}
          items:
            {{- range list $.Values.store.tls.certKey (include "comapi.keyKey" $.Values.store.tls) }}
            - { key: {{ . }}, path: {{ . }} }
            {{- end }}
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Ports of the store and the configured further ports, as a JSON array. For RabbitMQ and Redis, whose URL is in a Secret, the default
       ports apply. */ -}}
{{- define "comapi.storePorts" -}}
{{- $ports := get (dict "kafka" list "rabbitmq" (list 5671 5672) "redis" (list 6379)) (include "comapi.store" .) -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- range .Values.kafka.brokers }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
{{- end -}}
{{- range .Values.networkPolicy.storePorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- toJson ($ports | uniq) -}}
{{- end -}}
