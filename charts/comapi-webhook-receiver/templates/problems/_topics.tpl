{{- define "comapi.problems.topics" -}}
{{- with .Values.topics -}}
{{- if and .create .strimzi.cluster }}
topics.create and topics.strimzi.cluster are both set: choose one
{{- end }}
{{- if and .strimzi.namespace (not .strimzi.cluster) }}
topics.strimzi.cluster is missing: set the name of the Strimzi Kafka object
{{- end }}
{{- range $name, $value := .settings -}}
{{- $setting := regexReplaceAll "^.*:" $name "" -}}
{{- if eq $setting "min.insync.replicas" }}
topics.settings has {{ $name }}: set topics.minInsyncReplicas instead
{{- else if eq $setting "cleanup.policy" }}
topics.settings has {{ $name }}: remove it. Events and dead letters must not be compacted, and latest states must be
{{- end }}
{{- end -}}
{{- if and .replicationFactor (gt (int .minInsyncReplicas) (int .replicationFactor)) }}
topics.minInsyncReplicas is larger than topics.replicationFactor: no record could ever be stored. Lower it
{{- end }}
{{- end -}}
{{- end -}}
