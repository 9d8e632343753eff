{{- /* Rules that can never count, as the program refuses them, and topics that serve two purposes. */ -}}
{{- define "comapi.problems.topicRules" -}}
{{- include "comapi.problems.topicRuleList" (list "store.topicRules" .Values.store.topicRules) -}}
{{- range $i, $w := .Values.webhooks }}{{ include "comapi.problems.topicRuleList" (list (printf "webhooks[%d].topicRules" $i) .topicRules) }}{{ end -}}
{{- $topics := include "comapi.topics" . | fromJson -}}
{{- $deadLetters := dict -}}
{{- range .Values.webhooks }}{{ with .deadLetterTopic }}{{ $_ := set $deadLetters . true }}{{ end }}{{ end -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs }}{{ $_ := set $deadLetters .deadLetterTopic true }}{{ end -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs -}}
{{- if and (contains "Rules[" .path) (hasKey $deadLetters .events) }}
{{ .path }}.topic is {{ quote .events }}, a topic of dead letters: events need a topic of their own
{{- end -}}
{{- end -}}
{{- $uses := dict -}}
{{- range $events, $others := $topics }}{{ $_ := set $uses $events "events" }}{{ end -}}
{{- range $events, $others := $topics -}}
{{- range $what, $name := dict "latest states" $others.latestTopic "dead letters" $others.deadLetterTopic -}}
{{- if gt (len $name) 249 }}
{{ $events }}, a topic of events, is too long: its {{ $what }} would be in {{ $name }}, and a topic's name has 249 characters at most
{{- end }}
{{- end }}
{{- if hasKey $uses $others.latestTopic }}
{{ $others.latestTopic }}, for the latest states of {{ $events }}, is a topic of {{ get $uses $others.latestTopic }} too: each needs its own
{{- end }}
{{- if hasKey $deadLetters $others.latestTopic }}
{{ $others.latestTopic }}, for the latest states of {{ $events }}, is a topic of dead letters too: each needs its own
{{- end }}
{{- end -}}
{{- end -}}

{{- /* Call with (list "path" rules). */ -}}
{{- define "comapi.problems.topicRuleList" -}}
{{- $path := index . 0 -}}
{{- $seen := dict -}}
{{- range $i, $rule := index . 1 -}}
{{- $family := regexReplaceAll "[.].*$" .events "" -}}
{{- if and (hasSuffix ".*" .events) (contains "." (trimSuffix ".*" .events)) }}
{{ $path }}[{{ $i }}].events is {{ quote .events }}: a family is the part before the first dot, as in {{ $family }}.*
{{- else if or (hasKey $seen .events) (hasKey $seen (printf "%s.*" $family)) }}
{{ $path }}[{{ $i }}].events is {{ quote .events }}, which a rule before it takes already: it could never count
{{- end }}
{{- $_ := set $seen .events true -}}
{{- end -}}
{{- end -}}
