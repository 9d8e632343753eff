{{- /* What works, but not as most want it: one line each, for the notes after the installation. */ -}}
{{- define "comapi.missing" -}}
{{- with .Values -}}
{{- $url := include "comapi.baseUrl" $ -}}
{{- $filters := (include "comapi.filters" $ | fromJson).filters -}}
{{- $k := include "comapi.topicValues" $ | fromJson -}}
{{- /* Where events go, and dead letters: the usual topic is none of them when every registration has its own. */ -}}
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
topics: this release makes none. Until {{ uniq $topics | join ", " }} exist, pods are not ready; topics.create{{ if eq (include "comapi.store" $) "kafka" }} or topics.strimzi.cluster{{ end }} makes them
{{- end }}
{{- range $filters -}}
{{- $pods := ternary .own.replicaCount $.Values.revisionFilter.replicaCount (hasKey .own "replicaCount") | default 0 | int -}}
{{- if and (eq (include "comapi.store" $) "kafka") $.Values.topics.create (gt $pods (int $.Values.topics.partitions)) }}
filter: {{ $pods }} pods share {{ $.Values.topics.partitions }} partitions, so {{ sub $pods (int $.Values.topics.partitions) }} stay idle; lower revisionFilter.replicaCount
{{- end -}}
{{- end -}}
{{- if $filters -}}
{{- $unread := uniq $events -}}
{{- range $filters }}{{ $unread = without $unread .topic }}{{ end -}}
{{- with $unread }}
filter: none reads {{ join ", " . }}, so their latest states are kept nowhere; an entry of revisionFilter.filters for each does
{{- end -}}
{{- end }}
{{- $receivers := ternary .autoscaling.minReplicas .replicaCount .autoscaling.enabled -}}
{{- if not (kindIs "invalid" $receivers) -}}
{{- if eq (int $receivers) 0 }}
receivers: there are none (replicaCount is 0), and nothing is accepted
{{- else if eq (int $receivers) 1 }}
receivers: there is one, and while it moves to another node nothing is accepted; the provider sends again. Two or more by {{ ternary "autoscaling.minReplicas" "replicaCount" .autoscaling.enabled }}
{{- end -}}
{{- end -}}
{{- if and .publicUrl .ingress.enabled (not (contains "*" .ingress.host)) (not (has (regexReplaceAll ":[0-9]+$" (urlParse .publicUrl).host "") (include "comapi.ingressHosts" $ | fromJsonArray))) }}
public URL: it names {{ (urlParse .publicUrl).host }}, and the Ingress serves {{ .ingress.host }}; right only if something in front passes on
{{- end }}
{{- if and .ingress.enabled .ingress.tls.enabled (hasKey (include "comapi.ingressCertificates" $ | fromJson) "") }}
TLS: the Ingress names no Secret, so the controller serves its default certificate, which the provider must trust for the host; ingress.tls.secretName names another
{{- end }}
{{- if hasPrefix "http:" $url }}
TLS: the public URL is http://, so personal data and signatures cross the internet in the clear; set an https:// publicUrl
{{- end }}
{{- if and (include "comapi.tls" $) (or .ingress.enabled .httpRoute.enabled) }}
TLS: the receivers speak HTTPS now, which the {{ ternary "ingress controller" "Gateway" .ingress.enabled }} must be told (see the value tls), or it answers 502
{{- end }}
{{- if and .registration.enabled (not .registration.deleteOnUninstall) }}
registration: it stays when the release is uninstalled; registration.deleteOnUninstall removes it
{{- end }}
{{- if and $url (not .canary.enabled) }}
canary: nothing tries the public URL, so an expired certificate or a broken route goes unseen; canary.enabled does
{{- end }}
{{- if not .monitor.kind }}
metrics: nothing is told to scrape them; monitor.kind does
{{- end }}
{{- if not .prometheusRule.enabled }}
alerts: there are none; prometheusRule.enabled makes them
{{- end }}
{{- if and .prometheusRule.enabled (not .prometheusRule.runbookBaseUrl) }}
runbooks: alerts name their page but do not link to it; prometheusRule.runbookBaseUrl says where they are published
{{- end }}
{{- end -}}
{{- end -}}
