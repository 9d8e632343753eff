{{- /* Label matchers that select this release's metrics: `prometheusRule.selector`, or matchers of the labels that its monitor sets. */ -}}
{{- define "comapi.alertSelector" -}}
{{- $components := concat (list "receiver" "filter") (include "comapi.components" . | fromJsonArray) | uniq | join "|" -}}
{{- $own := printf "job=~\"%s-(%s)-metrics\",namespace=\"%s\"" (include "comapi.fullname" .) $components .Release.Namespace -}}
{{- default $own .Values.prometheusRule.selector -}}
{{- end -}}

{{- /* Replaces the placeholders in a text of alerts/source. A single pass replaces all, because a value may contain the text of a placeholder.
       Call with (list text values). */ -}}
{{- define "comapi.fillIn" -}}
{{- $name := "[$]\\[\\w+\\]|\\b(BY|SELECTOR|CANARY|CRONJOB|JOBS)\\b" -}}
{{- $text := index . 0 -}}
{{- $values := index . 1 -}}
{{- $names := regexFindAll $name $text -1 -}}
{{- range $index, $between := regexSplit $name $text -1 -}}
{{- if $index -}}
{{- $missing := index $names (sub $index 1) -}}
{{- get $values (trimAll "$[]" $missing) | toString | required (printf "nothing stands for %s in the rules" $missing) -}}
{{- end -}}
{{- $between -}}
{{- end -}}
{{- end -}}

{{- /* A rule of alerts/source with its placeholders replaced, as JSON. Call with (list $ rule parameters). */ -}}
{{- define "comapi.rule" -}}
{{- $root := index . 0 -}}
{{- $v := $root.Values.prometheusRule -}}
{{- $rule := deepCopy (index . 1) -}}
{{- if and $rule.whenWide $v.selector }}{{ $_ := set $rule "expr" (printf "%s%s" $rule.expr $rule.whenWide) }}{{ end -}}
{{- $rule = omit $rule "perWindow" "perWebhook" "whenWide" "defaults" -}}
{{- $namespace := printf "namespace=%q" $root.Release.Namespace -}}
{{- $fullname := include "comapi.fullname" $root -}}
{{- $values := dict
  "BY" (concat $v.groupLabels (list "namespace" "job") | join ", ")
  "SELECTOR" (include "comapi.alertSelector" $root)
  "CANARY" (printf "%s,cronjob=\"%s-canary\"" $namespace $fullname)
  "CRONJOB" (printf "%s,cronjob=\"%s-reconcile\"" $namespace $fullname)
  "JOBS" (printf "%s,job_name=~\"%s-reconcile-.+\"" $namespace $fullname)
  "objective" $v.objective
-}}
{{- $values = merge $values (index . 2) -}}
{{- range $key, $text := pick $rule "record" "expr" }}{{ $_ := set $rule $key (include "comapi.fillIn" (list $text $values)) }}{{ end -}}
{{- range $key, $text := $rule.annotations }}{{ $_ := set $rule.annotations $key (include "comapi.fillIn" (list $text $values)) }}{{ end -}}
{{- toRawJson $rule -}}
{{- end -}}

{{- /* Parameters of an alert: the defaults of the rule, overridden by `prometheusRule.alerts`. Call with (list $ rule). */ -}}
{{- define "comapi.alertParameters" -}}
{{- $rule := index . 1 -}}
{{- $parameters := deepCopy $rule.defaults -}}
{{- range $name, $value := get (index . 0).Values.prometheusRule.alerts $rule.alert | default dict }}{{ $_ := set $parameters $name $value }}{{ end -}}
{{- toRawJson $parameters -}}
{{- end -}}

{{- /* An alert with its severity, its duration and the URL of its runbook, as JSON. Takes the same arguments as "comapi.rule". */ -}}
{{- define "comapi.alert" -}}
{{- $v := (index . 0).Values.prometheusRule -}}
{{- $parameters := index . 2 -}}
{{- $rule := include "comapi.rule" . | fromJson -}}
{{- $_ := set $rule "for" $parameters.for -}}
{{- $_ := set $rule "labels" (merge (dict) ($parameters.labels | default dict) $v.alertLabels (dict "severity" $parameters.severity)) -}}
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

{{- /* The rules of one file of alerts/source, as a JSON list. Call with (list $ path). */ -}}
{{- define "comapi.rules" -}}
{{- $root := index . 0 -}}
{{- $rules := list -}}
{{- range ($root.Files.Get (index . 1) | fromYaml).rules -}}
{{- $rule := . -}}
{{- if hasKey . "record" -}}
{{- range $window := default (list "") .perWindow -}}
{{- $rules = append $rules (include "comapi.rule" (list $root $rule (dict "window" $window)) | fromJson) -}}
{{- end -}}
{{- else -}}
{{- $parameters := include "comapi.alertParameters" (list $root .) | fromJson -}}
{{- if eq (get $parameters "enabled" | toString) "false" -}}
{{- else if .perWebhook -}}
{{- range (include "comapi.webhooks" $root | fromJson).webhooks -}}
{{- if hasKey . $rule.perWebhook -}}
{{- $ofWebhook := merge (dict "webhook" .name $rule.perWebhook (get . $rule.perWebhook)) $parameters -}}
{{- $rules = append $rules (include "comapi.alert" (list $root $rule $ofWebhook) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $rules = append $rules (include "comapi.alert" (list $root $rule $parameters) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toRawJson $rules -}}
{{- end -}}
