{{- /* What the rules select: `prometheusRule.selector`, or what the ServiceMonitor's targets of this release are called. */ -}}
{{- define "comapi.alertSelector" -}}
{{- $components := concat (list "receiver" "filter") (include "comapi.components" . | fromJsonArray) | uniq | join "|" -}}
{{- $own := printf "job=~\"%s-(%s)-metrics\",namespace=\"%s\"" (include "comapi.fullname" .) $components .Release.Namespace -}}
{{- default $own .Values.prometheusRule.selector -}}
{{- end -}}

{{- /* One rule of alerts/source with its values filled in, as JSON; call with (list $ rule parameters). */ -}}
{{- define "comapi.rule" -}}
{{- $v := (index . 0).Values.prometheusRule -}}
{{- $rule := index . 1 -}}
{{- $parameters := merge (dict "objective" $v.objective) (index . 2) -}}
{{- if and $rule.whenWide $v.selector }}{{ $rule = merge (dict "expr" (printf "%s%s" $rule.expr $rule.whenWide)) $rule }}{{ end -}}
{{- $text := omit $rule "perWindow" "perWebhook" "whenWide" "unless" | toRawJson -}}
{{- range $name, $value := $parameters -}}
{{- $text = replace (printf "$[%s]" $name) (toString $value) $text -}}
{{- end -}}
{{- $rule = fromJson $text -}}
{{- $by := concat $v.groupLabels (list "namespace" "job") | join ", " -}}
{{- /* The labels first: a selector may have any text. */ -}}
{{- $expr := $rule.expr | replace "BY" $by | replace "SELECTOR" (include "comapi.alertSelector" (index . 0)) -}}
{{- $expr = $expr | replace "PROBE" (printf "job=\"%s-probe\",namespace=%q" (include "comapi.fullname" (index . 0)) (index . 0).Release.Namespace) -}}
{{- $name := printf "%s-reconcile" (include "comapi.fullname" (index . 0)) -}}
{{- $expr = $expr | replace "CRONJOB" (printf "namespace=%q,cronjob=%q" (index . 0).Release.Namespace $name) -}}
{{- $expr = $expr | replace "JOBS" (printf "namespace=%q,job_name=~\"%s-.+\"" (index . 0).Release.Namespace $name) -}}
{{- $_ := set $rule "expr" $expr -}}
{{- toRawJson $rule -}}
{{- end -}}

{{- /* An alert with its severity, its duration and the address of its runbook; call as "comapi.rule". */ -}}
{{- define "comapi.alert" -}}
{{- $v := (index . 0).Values.prometheusRule -}}
{{- $parameters := index . 2 -}}
{{- $rule := include "comapi.rule" . | fromJson -}}
{{- $_ := set $rule "for" $parameters.for -}}
{{- $_ := set $rule "labels" (merge (dict) (get $v.labelsOfAlerts $rule.alert | default dict) $v.alertLabels (dict "severity" $parameters.severity)) -}}
{{- if hasKey $parameters "webhook" }}{{ $_ := set $rule.labels "webhook" $parameters.webhook }}{{ end -}}
{{- $runbook := $rule.annotations.runbook -}}
{{- if $v.runbookBaseUrl -}}
{{- $url := printf "%s/%s" (trimSuffix "/" $v.runbookBaseUrl) $runbook -}}
{{- $_ := set $rule "annotations" (omit $rule.annotations "runbook" | merge (dict "runbook_url" $url)) -}}
{{- else -}}
{{- $_ := set $rule.annotations "runbook" (printf "docs/runbooks/%s" $runbook) -}}
{{- end -}}
{{- toRawJson $rule -}}
{{- end -}}

{{- /* The rules of one file of alerts/source, as a JSON list; call with (list $ path). */ -}}
{{- define "comapi.rules" -}}
{{- $root := index . 0 -}}
{{- $v := $root.Values.prometheusRule -}}
{{- $rules := list -}}
{{- range ($root.Files.Get (index . 1) | fromYaml).rules -}}
{{- $rule := . -}}
{{- $alert := get . "alert" -}}
{{- if hasKey . "record" -}}
{{- range $window := default (list "") .perWindow -}}
{{- $rules = append $rules (include "comapi.rule" (list $root $rule (dict "window" $window)) | fromJson) -}}
{{- end -}}
{{- else if or (has $alert $v.disabledAlerts) (and .unless (get $root.Values .unless).enabled) -}}
{{- else if .perWebhook -}}
{{- range (include "comapi.webhooks" $root | fromJson).webhooks -}}
{{- if hasKey . $rule.perWebhook -}}
{{- $parameters := merge (dict "webhook" .name $rule.perWebhook (get . $rule.perWebhook)) (get $v.alerts $alert) -}}
{{- $rules = append $rules (include "comapi.alert" (list $root $rule $parameters) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $scaling := $root.Values.autoscaling -}}
{{- $replicas := ternary $scaling.minReplicas $root.Values.replicaCount $scaling.enabled -}}
{{- $chosen := get $v.alerts $alert -}}
{{- $parameters := merge (dict) $chosen -}}
{{- if kindIs "invalid" $chosen.replicas }}{{ $_ := set $parameters "replicas" (default 0 $replicas) }}{{ end -}}
{{- /* 0: how many pods there should be is not known. */ -}}
{{- if or (ne $alert "ComapiWebhookPodsMissing") (gt (int $parameters.replicas) 0) -}}
{{- $rules = append $rules (include "comapi.alert" (list $root $rule $parameters) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toRawJson $rules -}}
{{- end -}}
