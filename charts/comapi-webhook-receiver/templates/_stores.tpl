{{- /* The store that the values name: kafka, rabbitmq or redis. */ -}}
{{- define "comapi.store" -}}
{{- if include "comapi.urlSecret" .Values.rabbitmq }}rabbitmq{{ else if include "comapi.urlSecret" .Values.redis }}redis{{ else }}kafka{{ end -}}
{{- end -}}

{{- define "comapi.storeTitle" }}{{ get (dict "kafka" "Kafka" "rabbitmq" "RabbitMQ" "redis" "Redis") (include "comapi.store" .) }}{{ end -}}

{{- /* Where a store's URL comes from: not empty when it is named; call with its values. */ -}}
{{- define "comapi.urlSecret" }}{{ .existingSecret | default .secretProviderClass }}{{ end -}}

{{- /* The values of the store that name topics, as JSON, by the keys that Kafka has for them; "paths" has their names. Topics are
       streams on Redis, and queues or an exchange on RabbitMQ; both have none of latest states. */ -}}
{{- define "comapi.topicValues" -}}
{{- $store := include "comapi.store" . -}}
{{- $rabbitmq := dict "topic" (ternary "exchange" "queue" (ne .Values.rabbitmq.exchange "")) "deadLetterTopic" "deadLetterQueue" "topicRules" "queueRules" -}}
{{- $redis := dict "topic" "stream" "deadLetterTopic" "deadLetterStream" "topicRules" "streamRules" -}}
{{- $kafka := dict "topic" "topic" "deadLetterTopic" "deadLetterTopic" "latestTopic" "latestTopic" "topicRules" "topicRules" -}}
{{- $found := dict "latestTopic" "" -}}
{{- $paths := dict -}}
{{- range $key, $own := get (dict "kafka" $kafka "redis" $redis "rabbitmq" $rabbitmq) $store -}}
{{- $_ := set $found $key (get (get $.Values $store) $own) -}}
{{- $_ := set $paths $key (printf "%s.%s" $store $own) -}}
{{- end -}}
{{- merge (dict "paths" $paths) $found | toJson -}}
{{- end -}}

{{- /* Environment variables that every process with a connection to the store needs. */ -}}
{{- define "comapi.storeEnv" }}{{ include (printf "comapi.%sEnv" (include "comapi.store" .)) . }}{{ end -}}

{{- define "comapi.storeVolumeMounts" }}{{ include (printf "comapi.%sVolumeMounts" (include "comapi.store" .)) . }}{{ end -}}

{{- define "comapi.storeVolumes" }}{{ include (printf "comapi.%sVolumes" (include "comapi.store" .)) . }}{{ end -}}

{{- /* What the stores with a URL have in common; call with (list "name" values). */ -}}
{{- define "comapi.urlEnv" -}}
{{- $name := index . 0 -}}
{{- $variable := upper $name -}}
{{- with index . 1 -}}
- name: {{ $variable }}_URL_FILE
  value: /etc/comapi-webhook/{{ $name }}/{{ .urlKey }}
{{- if include "comapi.urlSecret" .tls }}
{{- with .tls.caKey }}
- name: STORE_TLS_CA_FILE
  value: /etc/comapi-webhook/{{ $name }}-tls/{{ . }}
{{- end }}
{{- if .tls.certKey }}
- name: STORE_TLS_CERT_FILE
  value: /etc/comapi-webhook/{{ $name }}-tls/{{ .tls.certKey }}
- name: STORE_TLS_KEY_FILE
  value: /etc/comapi-webhook/{{ $name }}-tls/{{ .tls.keyKey }}
{{- end }}
{{- end }}
{{- with .tls.serverName }}
- name: STORE_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- end -}}
{{- end -}}

{{- /* Whole directories, never a subPath: a changed URL is read for the next connection. Call as "comapi.urlEnv". */ -}}
{{- define "comapi.urlVolumeMounts" -}}
{{- $name := index . 0 }}
- name: {{ $name }}
  mountPath: /etc/comapi-webhook/{{ $name }}
  readOnly: true
{{- if include "comapi.urlSecret" (index . 1).tls }}
- name: {{ $name }}-tls
  mountPath: /etc/comapi-webhook/{{ $name }}-tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "comapi.urlVolumes" -}}
{{- $name := index . 0 -}}
{{- with index . 1 }}
{{ include "comapi.secretVolume" (dict "name" $name "from" . "items" (list .urlKey)) }}
{{- if include "comapi.urlSecret" .tls }}
{{ include "comapi.secretVolume" (dict "name" (printf "%s-tls" $name) "from" .tls) }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Ports of the store and the further ones, as a JSON array. A URL in a Secret is not known here: the usual ones. */ -}}
{{- define "comapi.storePorts" -}}
{{- $ports := get (dict "kafka" list "rabbitmq" (list 5671 5672) "redis" (list 6379)) (include "comapi.store" .) -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- range .Values.kafka.brokers }}{{ $ports = append $ports (splitList ":" . | last | int) }}{{ end -}}
{{- end -}}
{{- range .Values.networkPolicy.storePorts }}{{ $ports = append $ports (int .) }}{{ end -}}
{{- toJson ($ports | uniq) -}}
{{- end -}}
