{{- define "comapi.problems.store" -}}
{{- $store := include "comapi.store" . -}}
{{- $title := include "comapi.storeTitle" . -}}
{{- $named := list -}}
{{- if .Values.kafka.brokers }}{{ $named = append $named "kafka.brokers" }}{{ end -}}
{{- range $name := list "rabbitmq" "redis" -}}
{{- $values := get $.Values $name -}}
{{- if include "comapi.secretOf" $values -}}
{{- $named = append $named (printf "%s.%s" $name (ternary "existingSecret" "secretProviderClass" (ne $values.existingSecret ""))) -}}
{{- include "comapi.problems.twoSecrets" (list $name $values) }}
{{- end -}}
{{- end -}}
{{- if not $named }}
kafka.brokers is empty: name at least one broker, for example --set 'kafka.brokers={kafka-bootstrap:9092}', or choose another store with rabbitmq.existingSecret or redis.existingSecret
{{- else if gt (len $named) 1 }}
{{ join " and " $named }} are {{ ternary "both" "all" (eq (len $named) 2) }} set: events go to one store, so choose one
{{- end }}
{{- if and (ne $store "kafka") .Values.revisionFilter.enabled }}
revisionFilter.enabled is true but the store is {{ $title }}: the filter runs only on Kafka. Set it to false, and compare revisions in the consumer
{{- end }}
{{- if and (ne $store "kafka") .Values.topics.strimzi.cluster }}
topics.strimzi.cluster is set but the store is {{ $title }}: KafkaTopic objects work only with Kafka. Remove it, and use topics.create
{{- end }}
{{- if and (ne $store "kafka") .Values.topics.minInsyncReplicas }}
topics.minInsyncReplicas is set but the store is {{ $title }}: it applies only to Kafka. Remove it
{{- end -}}
{{- with .Values.store.tls }}
{{- if and .secretProviderClass (or .existingSecret .existingCaSecret) }}
store.tls.secretProviderClass is set together with existingSecret or existingCaSecret: choose one
{{- end }}
{{- end }}
{{- end -}}
