{{- /* Reports topics with two purposes, and rules that can never apply. The program would reject such rules. */ -}}
{{- define "comapi.problems.topicRules" -}}
{{- include "comapi.problems.topicRuleList" (list "store.topicRules" .Values.store.topicRules) -}}
{{- range $i, $w := .Values.webhooks }}{{ include "comapi.problems.topicRuleList" (list (printf "webhooks[%d].topicRules" $i) .topicRules) }}{{ end -}}
{{- $topics := include "comapi.topics" . | fromJson -}}
{{- $deadLetters := dict -}}
{{- range .Values.webhooks }}{{ with .deadLetterTopic }}{{ $_ := set $deadLetters . true }}{{ end }}{{ end -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs }}{{ $_ := set $deadLetters .deadLetterTopic true }}{{ end -}}
{{- range (include "comapi.topicPairs" . | fromJson).pairs -}}
{{- if and (contains "Rules[" .path) (hasKey $deadLetters .events) }}
{{ .path }}.topic is {{ quote .events }}, a topic of dead letters. Choose a separate topic for events
{{- end -}}
{{- end -}}
{{- $uses := dict -}}
{{- range $events, $others := $topics }}{{ $_ := set $uses $events "events" }}{{ end -}}
{{- range $events, $others := $topics -}}
{{- range $what, $name := dict "latest states" $others.latestTopic "dead letters" $others.deadLetterTopic -}}
{{- if gt (len $name) 249 }}
{{ $events }}, a topic of events, has a name that is too long: its {{ $what }} would be in {{ $name }}, and the name of a topic has at most 249 characters. Shorten it
{{- end }}
{{- end }}
{{- if hasKey $uses $others.latestTopic }}
{{ $others.latestTopic }}, for the latest states of {{ $events }}, is also a topic of {{ get $uses $others.latestTopic }}. Use a separate topic for each
{{- end }}
{{- if hasKey $deadLetters $others.latestTopic }}
{{ $others.latestTopic }}, for the latest states of {{ $events }}, is also a topic of dead letters. Use a separate topic for each
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
{{ $path }}[{{ $i }}].events is {{ quote .events }}, which an earlier rule already matches: this rule would never apply. Remove it or move it up
{{- end }}
{{- $_ := set $seen .events true -}}
{{- end -}}
{{- end -}}
