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

{{- define "comapi.rabbitmqEnv" -}}
- name: RABBITMQ_URL_FILE
  value: {{ include "comapi.storeFile" . }}
- name: {{ ternary "RABBITMQ_EXCHANGE" "RABBITMQ_QUEUE" (ne .Values.rabbitmq.exchange "") }}
  value: {{ (include "comapi.topicValues" . | fromJson).topic | quote }}
{{- end -}}

{{- define "comapi.redisEnv" -}}
- name: REDIS_URL_FILE
  value: {{ include "comapi.storeFile" . }}
- name: REDIS_STREAM
  value: {{ .Values.store.topic | quote }}
{{- end -}}

{{- /* Events topics in the values with their dead-letter topics, as JSON: {"pairs": [{"path", "events", "deadLetterTopic"}]}. */ -}}
{{- define "comapi.topicPairs" -}}
{{- $k := include "comapi.topicValues" . | fromJson -}}
{{- $pairs := list (dict "path" (include "comapi.store" .) "events" $k.topic "deadLetterTopic" $k.deadLetterTopic) -}}
{{- $rules := list (dict "path" "store.topicRules" "rules" .Values.store.topicRules "deadLetterTopic" $k.deadLetterTopic) -}}
{{- range $i, $w := .Values.webhooks -}}
{{- $path := printf "webhooks[%d]" $i -}}
{{- $deadLetter := include "comapi.deadLetterTopic" (list $k .) -}}
{{- if .topic -}}
{{- $pairs = append $pairs (dict "path" $path "events" .topic "deadLetterTopic" $deadLetter) -}}
{{- end -}}
{{- $rules = append $rules (dict "path" (printf "%s.topicRules" $path) "rules" .topicRules "deadLetterTopic" $deadLetter) -}}
{{- end -}}
{{- range $group := $rules -}}
{{- range $i, $rule := .rules -}}
{{- $pairs = append $pairs (dict "path" (printf "%s[%d]" $group.path $i) "events" .topic "deadLetterTopic" $group.deadLetterTopic) -}}
{{- end -}}
{{- end -}}
{{- dict "pairs" $pairs | toJson -}}
{{- end -}}

{{- /* Each events topic with its latest-state and dead-letter topics, as JSON: {EVENTS: {"latestTopic", "deadLetterTopic"}}. */ -}}
{{- define "comapi.topics" -}}
{{- $topics := dict -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs -}}
{{- if not (hasKey $topics .events) -}}
{{- $_ := set $topics .events (dict "latestTopic" (printf "%s.latest" .events) "deadLetterTopic" .deadLetterTopic) -}}
{{- end -}}
{{- end -}}
{{- toJson $topics -}}
{{- end -}}

{{- /* Topic rules in the format of the variable TOPIC_RULES. Call with the list of rules. */ -}}
{{- define "comapi.topicRules" -}}
{{- $rules := list -}}
{{- range . }}{{ $rules = append $rules (printf "%s=%s" .events .topic) }}{{ end -}}
{{- join ";" $rules -}}
{{- end -}}
