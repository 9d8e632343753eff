{{- define "comapi.problems.filters" -}}
{{- with .Values.revisionFilter -}}
{{- if and .filters (not .enabled) }}
revisionFilter.filters is set but revisionFilter.enabled is false: no filter would run. Set it to true
{{- end }}
{{- include "comapi.problems.window" (list "revisionFilter.window" .window) }}
{{- $seen := dict -}}
{{- $known := include "comapi.topics" $ | fromJson -}}
{{- range $i, $filter := (include "comapi.filters" $ | fromJson).filters -}}
{{- $path := printf "revisionFilter.filters[%d]" $i -}}
{{- include "comapi.problems.window" (list (printf "%s.window" $path) .own.window) }}
{{- if hasKey $seen .component }}
{{ $path }}.name is {{ trimPrefix "filter" .component | trimPrefix "-" | quote }}, the name of another filter: give each its own name
{{- end }}
{{- if hasKey $seen (printf "topic %s" .topic) }}
{{ $path }}.topic is {{ quote .topic }}, the topic of another filter: use one filter and raise its replicaCount
{{- end }}
{{- if not (hasKey $known .topic) }}
{{ $path }}.topic is {{ quote .topic }}, but no events go there: use {{ (include "comapi.topicValues" $ | fromJson).path }}, or the topic of a registration or of a topic rule
{{- end }}
{{- $group := .own.groupId | default "" -}}
{{- if and $group (hasKey $seen (printf "group %s" $group)) }}
{{ $path }} has the consumer group {{ $group }} of another filter: give each a separate groupId, or remove both
{{- end }}
{{- if gt (len (printf "%s-%s-metrics" (include "comapi.fullname" $) .component)) 63 }}
{{ $path }}.name is too long for the name of the release: {{ include "comapi.fullname" $ }}-{{ .component }}-metrics has more than 63 characters. Shorten it, or set fullnameOverride
{{- end }}
{{- range list .component (printf "topic %s" .topic) (printf "group %s" $group) }}{{ $_ := set $seen . true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Checks a duration; call with (list "path" DURATION). */ -}}
{{- define "comapi.problems.window" -}}
{{- with index . 1 -}}
{{- $seconds := mul (regexFind "^[0-9]+" .) (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[a-z]+$" .)) -}}
{{- if or (lt $seconds 60) (gt $seconds 31622400) }}
{{ index $ 0 }} is {{ . }}: it must be between 60s and 366d
{{- end -}}
{{- end -}}
{{- end -}}
