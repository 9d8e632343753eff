{{- define "comapi.problems.filters" -}}
{{- with .Values.revisionFilter -}}
{{- if and .filters (not .enabled) }}
revisionFilter.filters is set but revisionFilter.enabled is false: none would run. Set it to true
{{- end }}
{{- include "comapi.problems.window" (list "revisionFilter.window" .window) }}
{{- $seen := dict -}}
{{- $known := include "comapi.topics" $ | fromJson -}}
{{- range $i, $filter := (include "comapi.filters" $ | fromJson).filters -}}
{{- $path := printf "revisionFilter.filters[%d]" $i -}}
{{- include "comapi.problems.window" (list (printf "%s.window" $path) .own.window) }}
{{- if hasKey $seen .component }}
{{ $path }}.name is {{ trimPrefix "filter" .component | trimPrefix "-" | quote }} like that of another filter: give each its own name
{{- end }}
{{- if hasKey $seen (printf "topic %s" .topic) }}
{{ $path }}.topic is {{ quote .topic }} like that of another filter: raise replicaCount of the one instead
{{- end }}
{{- if not (hasKey $known .topic) }}
{{ $path }}.topic is {{ quote .topic }}, to which no events go: it has to be {{ (include "comapi.topicValues" $ | fromJson).path }}, the topic of a registration or that of a topic rule
{{- end }}
{{- $group := .own.groupId | default "" -}}
{{- if and $group (hasKey $seen (printf "group %s" $group)) }}
{{ $path }} has the consumer group {{ $group }} of another filter: give each a groupId of its own, or leave them out
{{- end }}
{{- if gt (len (printf "%s-%s-metrics" (include "comapi.fullname" $) .component)) 63 }}
{{ $path }}.name is too long beside the name of the release: {{ include "comapi.fullname" $ }}-{{ .component }}-metrics has more than 63 characters. Shorten it, or set fullnameOverride
{{- end }}
{{- range list .component (printf "topic %s" .topic) (printf "group %s" $group) }}{{ $_ := set $seen . true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Call with (list "path" DURATION). */ -}}
{{- define "comapi.problems.window" -}}
{{- with index . 1 -}}
{{- $seconds := mul (regexFind "^[0-9]+" .) (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[a-z]+$" .)) -}}
{{- if or (lt $seconds 60) (gt $seconds 31622400) }}
{{ index $ 0 }} is {{ . }}: it must be from 60s to 366d
{{- end -}}
{{- end -}}
{{- end -}}
