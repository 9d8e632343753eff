{{- define "comapi.problems.topics" -}}
{{- with .Values.topics -}}
{{- if and .create .strimzi.enabled }}
topics.create and topics.strimzi.enabled are both true: choose one
{{- end }}
{{- if and .strimzi.enabled (not .strimzi.cluster) }}
topics.strimzi.cluster is missing: set the name of the Strimzi Kafka object
{{- end }}
{{- if gt (int .minInsyncReplicas) (int .replicationFactor) }}
topics.minInsyncReplicas is larger than topics.replicationFactor: nothing could ever be stored
{{- end }}
{{- end -}}
{{- end -}}
