{{- /* Warnings for NOTES.txt about settings that work but are unusual or incomplete. Each warning is one line. */ -}}
{{- define "comapi.missing" -}}
{{- with .Values -}}
{{- $url := include "comapi.baseUrl" $ -}}
{{- $filters := (include "comapi.filters" $ | fromJson).filters -}}
{{- $k := include "comapi.topicValues" $ | fromJson -}}
{{- /* Topics of events and of dead letters. If every registration has its own topic, the default topic is not included. */ -}}
{{- $events := list -}}
{{- $deadLetters := list -}}
{{- range .webhooks -}}
{{- $events = append $events (default $k.topic .topic) -}}
{{- $deadLetters = append $deadLetters (include "comapi.deadLetterTopic" (list $k .)) -}}
{{- range ternary .topicRules $.Values.store.topicRules (hasKey . "topicRules") }}{{ $events = append $events .topic }}{{ end -}}
{{- end -}}
{{- if not (or .topics.create .topics.strimzi.cluster) -}}
{{- $topics := concat $events $deadLetters -}}
{{- range $filters }}{{ $topics = concat $topics (list .topic .deadLetterTopic .latestTopic) }}{{ end }}
topics: this release creates no topics. Until {{ uniq $topics | join ", " }} exist, pods are not ready. To create them, set topics.create{{ if eq (include "comapi.store" $) "kafka" }} or topics.strimzi.cluster{{ end }}.
{{- end }}
{{- range $filters -}}
{{- $pods := ternary .own.replicaCount $.Values.revisionFilter.replicaCount (hasKey .own "replicaCount") | default 0 | int -}}
{{- if and (eq (include "comapi.store" $) "kafka") $.Values.topics.create (gt $pods (int $.Values.topics.partitions)) }}
filter: {{ $pods }} pods share {{ $.Values.topics.partitions }} partitions, so {{ sub $pods (int $.Values.topics.partitions) }} of them stay idle. Lower revisionFilter.replicaCount.
{{- end -}}
{{- end -}}
{{- if $filters -}}
{{- $unread := uniq $events -}}
{{- range $filters }}{{ $unread = without $unread .topic }}{{ end -}}
{{- with $unread }}
filter: no filter reads {{ join ", " . }}, so their latest states are not kept. Add an entry for each to revisionFilter.filters.
{{- end -}}
{{- end }}
{{- $receivers := ternary .autoscaling.minReplicas .replicaCount .autoscaling.enabled -}}
{{- if not (kindIs "invalid" $receivers) -}}
{{- if eq (int $receivers) 0 }}
receivers: there are none (replicaCount is 0), so no event is accepted.
{{- else if eq (int $receivers) 1 }}
receivers: there is only one. While it moves to another node, no event is accepted, and the provider retries. Set {{ ternary "autoscaling.minReplicas" "replicaCount" .autoscaling.enabled }} to 2 or more.
{{- end -}}
{{- end -}}
{{- if and .publicUrl .ingress.enabled (not (contains "*" .ingress.host)) (not (has (regexReplaceAll ":[0-9]+$" (urlParse .publicUrl).host "") (include "comapi.ingressHosts" $ | fromJsonArray))) }}
public URL: it names {{ (urlParse .publicUrl).host }}, but the Ingress serves {{ .ingress.host }}. This works only if a proxy in front of the Ingress forwards the requests.
{{- end }}
{{- if and .ingress.enabled .ingress.tls.enabled (hasKey (include "comapi.ingressCertificates" $ | fromJson) "") }}
TLS: the Ingress names no Secret, so the controller serves its default certificate. The provider must trust it for the host. To use another certificate, set ingress.tls.secretName.
{{- end }}
{{- if hasPrefix "http:" $url }}
TLS: the public URL is http://, so personal data and signatures cross the internet unencrypted. Set publicUrl to an https:// URL.
{{- end }}
{{- if and (include "comapi.tls" $) (or .ingress.enabled .httpRoute.enabled) }}
TLS: the receivers now use HTTPS. Configure the {{ ternary "ingress controller" "Gateway" .ingress.enabled }} for it (see the value tls). Otherwise, it answers 502.
{{- end }}
{{- if and .registration.enabled (not .registration.deleteOnUninstall) }}
registration: it remains when the release is uninstalled. To delete it then, set registration.deleteOnUninstall.
{{- end }}
{{- if and $url (not .canary.enabled) }}
canary: nothing tests the public URL, so an expired certificate or a broken route is not noticed. To test it, set canary.enabled.
{{- end }}
{{- if not .monitor.kind }}
metrics: nothing scrapes them. Set monitor.kind.
{{- end }}
{{- if not .prometheusRule.enabled }}
alerts: there are none. To create them, set prometheusRule.enabled.
{{- end }}
{{- if and .prometheusRule.enabled (not .prometheusRule.runbookBaseUrl) }}
runbooks: alerts name their page but do not link to it. Set prometheusRule.runbookBaseUrl to the URL at which the pages are published.
{{- end }}
{{- end -}}
{{- end -}}
