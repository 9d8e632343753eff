{{- define "comapi.problems.webhooks" -}}
{{- if not .Values.webhooks }}
webhooks is empty: name the Secret that contains the signing secret, for example --set 'webhooks[0].existingSecret=comapi-webhook'
{{- end }}
{{- $names := dict -}}
{{- $paths := dict -}}
{{- $k := include "comapi.topicValues" . | fromJson -}}
{{- if eq $k.topic $k.deadLetterTopic }}
{{ $k.path }} and kafka.deadLetterTopic name the same topic: give each its own name
{{- end }}
{{- $own := list -}}
{{- range .Values.webhooks }}{{ $own = append $own (default "" .topic) }}{{ end -}}
{{- range $i, $w := (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- if not (or $w.existingSecret $w.secretProviderClass) }}
webhooks[{{ $i }}].existingSecret is missing: create a Secret whose keys are the signing secrets (16 characters or more each) and name it here
{{- end }}
{{- include "comapi.problems.twoSecrets" (list (printf "webhooks[%d]" $i) $w) }}
{{- if hasKey $names $w.name }}
webhooks[{{ $i }}].name is {{ quote $w.name }}, the name of another registration: give each its own name
{{- end }}
{{- if hasKey $paths $w.path }}
webhooks[{{ $i }}].path is {{ quote $w.path }}, the path of another registration: give each its own path
{{- end }}
{{- if hasSuffix $w.path $.Values.publicUrl }}
publicUrl ends with {{ $w.path }}, the path of webhooks[{{ $i }}], so the path would appear twice: set only the part before it
{{- end }}
{{- if eq (default "" $w.topic) $k.deadLetterTopic }}
webhooks[{{ $i }}].topic is {{ quote $w.topic }}, the topic of dead letters: choose a separate topic for events
{{- end }}
{{- $deadLetters := include "comapi.deadLetterTopic" (list $k $w) -}}
{{- if and (ne $deadLetters $k.deadLetterTopic) (has $deadLetters (append $own $k.topic)) }}
webhooks[{{ $i }}]: its dead letters would be in {{ quote $deadLetters }}, which is a topic of events. Choose a separate topic for dead letters
{{- end }}
{{- if and $w.alertAfterSilentMinutes (not $.Values.prometheusRule.enabled) }}
webhooks[{{ $i }}].alertAfterSilentMinutes is set but prometheusRule.enabled is false: no alert would fire. Set prometheusRule.enabled=true, or remove it
{{- end }}
{{- if and $w.alertAfterSilentMinutes (eq (dig "ComapiWebhookSilent" "enabled" true $.Values.prometheusRule.alerts | toString) "false") }}
webhooks[{{ $i }}].alertAfterSilentMinutes is set but prometheusRule.alerts.ComapiWebhookSilent.enabled is false: choose one
{{- end }}
{{- $_ := set $names $w.name true -}}
{{- $_ := set $paths $w.path true -}}
{{- end -}}
{{- end -}}
