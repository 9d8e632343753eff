{{- define "comapi.problems.webhooks" -}}
{{- if not .Values.webhooks }}
webhooks is empty: name the Secret that holds the signing secret, for example --set 'webhooks[0].existingSecret=comapi-webhook'
{{- end }}
{{- $names := dict -}}
{{- $paths := dict -}}
{{- $topics := list .Values.kafka.topic .Values.kafka.deadLetterTopic .Values.kafka.latestTopic -}}
{{- if ne (len $topics) (len (uniq $topics)) }}
kafka.topic, kafka.deadLetterTopic and kafka.latestTopic are not three topics: give each its own name
{{- end }}
{{- range $i, $w := (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- if not (or $w.existingSecret $w.secretProviderClass) }}
webhooks[{{ $i }}].existingSecret is missing: create a Secret whose keys are the signing secrets (16 characters or more each) and name it here
{{- end }}
{{- include "comapi.problems.twoSecrets" (list (printf "webhooks[%d]" $i) $w) }}
{{- if hasKey $names $w.name }}
webhooks[{{ $i }}].name is {{ quote $w.name }} like that of another registration: give each its own name
{{- end }}
{{- if hasKey $paths $w.path }}
webhooks[{{ $i }}].path is {{ quote $w.path }} like that of another registration: give each its own path
{{- end }}
{{- if and $w.topic (has $w.topic (rest $topics)) }}
webhooks[{{ $i }}].topic is {{ quote $w.topic }}, which is kafka.deadLetterTopic or kafka.latestTopic: events need a topic of their own
{{- end }}
{{- if and $w.deadLetterTopic (has $w.deadLetterTopic (list $.Values.kafka.topic $.Values.kafka.latestTopic (default "" $w.topic))) }}
webhooks[{{ $i }}].deadLetterTopic is {{ quote $w.deadLetterTopic }}, which is a topic of events or of latest states: dead letters need a topic of their own
{{- end }}
{{- if and $w.alertAfterSilentMinutes (not $.Values.prometheusRule.enabled) }}
webhooks[{{ $i }}].alertAfterSilentMinutes is set but prometheusRule.enabled is false: nothing would alert. Set prometheusRule.enabled=true, or leave it out
{{- end }}
{{- if and $w.alertAfterSilentMinutes (has "ComapiWebhookSilent" $.Values.prometheusRule.disabledAlerts) }}
webhooks[{{ $i }}].alertAfterSilentMinutes is set but prometheusRule.disabledAlerts names ComapiWebhookSilent: choose one
{{- end }}
{{- $_ := set $names $w.name true -}}
{{- $_ := set $paths $w.path true -}}
{{- end -}}
{{- end -}}
