{{- /* A setting's value as Kafka reads it: numbers of YAML must not get an exponent. */ -}}
{{- define "comapi.topicSetting" }}{{ if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}{{ end -}}

{{- /* Settings of a new topic as YAML, the same that `comapi-webhook topics` gives it; call with (list $ "role"). */ -}}
{{- define "comapi.topicSettings" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 -}}
{{- $topics := $root.Values.topics -}}
{{- $replicas := default 3 $topics.replicationFactor | int -}}
{{- $settings := dict "min.insync.replicas" (default (max 1 (sub $replicas 1)) $topics.minInsyncReplicas) -}}
{{- $_ := set $settings "cleanup.policy" (ternary "compact" "delete" (eq $role "latest")) -}}
{{- if eq $role "events" }}{{ $_ := set $settings "retention.ms" 604800000 }}{{ end -}}
{{- if eq $role "deadLetter" -}}
{{- $_ := set $settings "retention.ms" 2592000000 -}}
{{- $_ := set $settings "max.message.bytes" (max 12582912 (add (int64 $root.Values.config.maxBodyBytes) 1048576)) -}}
{{- end -}}
{{- range list $topics.settings (get $topics (printf "%sSettings" $role)) -}}
{{- range $name, $value := . }}{{ $_ := set $settings $name $value }}{{ end -}}
{{- end -}}
{{- range $name, $value := $settings }}
{{ $name }}: {{ include "comapi.topicSetting" $value | quote }}
{{- end -}}
{{- end -}}
