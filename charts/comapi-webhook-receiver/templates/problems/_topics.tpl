{{- define "comapi.problems.topics" -}}
{{- with .Values.topics -}}
{{- if and .create .strimzi.enabled }}
topics.create and topics.strimzi.enabled are both true: choose one
{{- end }}
{{- if and .strimzi.enabled (not .strimzi.cluster) }}
topics.strimzi.cluster is missing: set the name of the Strimzi Kafka object
{{- end }}
{{- range $group := list "settings" "eventsSettings" "deadLetterSettings" "latestSettings" -}}
{{- if hasKey (get $.Values.topics $group) "min.insync.replicas" }}
topics.{{ $group }} has min.insync.replicas: set topics.minInsyncReplicas instead
{{- end }}
{{- if hasKey (get $.Values.topics $group) "cleanup.policy" }}
topics.{{ $group }} has cleanup.policy: leave it out, as events and dead letters must not be compacted, and latest states must be
{{- end }}
{{- end -}}
{{- if and .replicationFactor (gt (int .minInsyncReplicas) (int .replicationFactor)) }}
topics.minInsyncReplicas is larger than topics.replicationFactor: nothing could ever be stored
{{- end }}
{{- end -}}
{{- end -}}
