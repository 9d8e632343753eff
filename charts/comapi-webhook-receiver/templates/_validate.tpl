{{- /* Reports all problems that the schema cannot detect in one error. Each problem is one line with its fix */ -}}
{{- define "comapi.validate" -}}
{{- $problems := list -}}
{{- range list "webhooks" "store" "kafka" "spool" "process" "env" "topics" "topicRules" "filters" "routing" "jobs" "scaling" "monitoring" "network" -}}
{{- range include (printf "comapi.problems.%s" .) $ | splitList "\n" -}}
{{- with trim . }}{{ $problems = append $problems . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values cannot work:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

{{- /* Reports a secret for which both a Secret and a SecretProviderClass are set. Call with (list "path" values). */ -}}
{{- define "comapi.problems.twoSecrets" -}}
{{- with index . 1 -}}
{{- if and .existingSecret .secretProviderClass }}
{{ index $ 0 }}.existingSecret and {{ index $ 0 }}.secretProviderClass are both set: choose one
{{- end -}}
{{- end -}}
{{- end -}}

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

{{- define "comapi.problems.store" -}}
{{- $store := include "comapi.store" . -}}
{{- $title := include "comapi.storeTitle" . -}}
{{- $named := list -}}
{{- if .Values.kafka.brokers }}{{ $named = append $named "kafka.brokers" }}{{ end -}}
{{- range $name := list "rabbitmq" "redis" -}}
{{- $values := get $.Values $name -}}
{{- if include "comapi.secretOf" $values -}}
{{- $named = append $named (printf "%s.%s" $name (ternary "existingSecret" "secretProviderClass" (ne $values.existingSecret ""))) -}}
{{- include "comapi.problems.twoSecrets" (list $name $values) }}
{{- end -}}
{{- end -}}
{{- if not $named }}
kafka.brokers is empty: name at least one broker, for example --set 'kafka.brokers={kafka-bootstrap:9092}', or choose another store with rabbitmq.existingSecret or redis.existingSecret
{{- else if gt (len $named) 1 }}
{{ join " and " $named }} are {{ ternary "both" "all" (eq (len $named) 2) }} set: events go to one store, so choose one
{{- end }}
{{- if and (ne $store "kafka") .Values.revisionFilter.enabled }}
revisionFilter.enabled is true but the store is {{ $title }}: the filter runs only on Kafka. Set it to false, and compare revisions in the consumer
{{- end }}
{{- if and (ne $store "kafka") .Values.topics.strimzi.cluster }}
topics.strimzi.cluster is set but the store is {{ $title }}: KafkaTopic objects work only with Kafka. Remove it, and use topics.create
{{- end }}
{{- if and (ne $store "kafka") .Values.topics.minInsyncReplicas }}
topics.minInsyncReplicas is set but the store is {{ $title }}: it applies only to Kafka. Remove it
{{- end -}}
{{- with .Values.store.tls }}
{{- if and .secretProviderClass (or .existingSecret .existingCaSecret) }}
store.tls.secretProviderClass is set together with existingSecret or existingCaSecret: choose one
{{- end }}
{{- end }}
{{- end -}}

{{- define "comapi.problems.kafka" -}}
{{- if eq (include "comapi.store" .) "kafka" -}}
{{- $isTls := include "comapi.kafkaTlsOn" . -}}
{{- $tls := .Values.store.tls -}}
{{- if and (not $isTls) (or $tls.existingSecret $tls.existingCaSecret $tls.secretProviderClass) }}
store.tls is set but kafka.brokers do not use TLS: write each as kafka+ssl://host:port
{{- end }}
{{- with .Values.kafka.sasl -}}
{{- $secret := include "comapi.secretOf" . -}}
{{- include "comapi.problems.twoSecrets" (list "kafka.sasl" .) }}
{{- if and .mechanism (ne .mechanism "oauthbearer") (not $secret) }}
kafka.sasl.mechanism is set but kafka.sasl.existingSecret is not: name the Secret with the password
{{- end }}
{{- if and $secret (not .mechanism) }}
kafka.sasl.existingSecret is set but kafka.sasl.mechanism is not: set plain, scram-sha-256, scram-sha-512 or oauthbearer
{{- end }}
{{- if and .secretProviderClass (not .username) }}
kafka.sasl.username is missing: kafka.sasl.secretProviderClass cannot provide a user name. Set it here
{{- end }}
{{- if and .mechanism (not $isTls) (ne (toString $.Values.env.ALLOW_PLAINTEXT) "true") }}
kafka.sasl.mechanism is set but kafka.brokers do not use TLS: the password, or data from which it can be guessed, would cross the network unencrypted. Write each broker as kafka+ssl://host:port. On a trusted network, set env.ALLOW_PLAINTEXT=true instead
{{- end }}
{{- if and $.Values.topics.create (eq .mechanism "oauthbearer") (not $secret) (not (include "comapi.topicsServiceAccount" $)) }}
topics.create cannot log in with the service account of the release: the job runs before the release creates it. Set serviceAccount.create=false, and serviceAccount.name to an existing service account
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.spool" -}}
{{- if .Values.spool.enabled -}}
{{- $leastBytes := mul 4 (include "comapi.envNumber" (list . "MAX_BODY_BYTES" 10485760)) -}}
{{- if lt (include "comapi.spoolMaxBytes" . | int64) $leastBytes }}
spool.size is {{ .Values.spool.size }}: the spool may use 80 % of it, which must hold four bodies of the maximum size ({{ $leastBytes }} bytes). Raise it
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.process" -}}
{{- with .Values -}}
{{- if not .enabled }}
enabled is false: only a parent chart can disable this chart. Use condition: {{ $.Chart.Name }}.enabled in its dependency
{{- end }}
{{- include "comapi.problems.twoSecrets" (list "tls" .tls) }}
{{- if and .tls.issuerRef .tls.secretProviderClass }}
tls.issuerRef and tls.secretProviderClass are both set: cert-manager writes into a Secret. Choose one
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.env" -}}
{{- $own := splitList " " "WEBHOOK_SECRETS_DIR COMAPI_API_PASSWORD_FILE FILTER_GROUP_ID FILTER_WINDOW KAFKA_DEAD_LETTER_TOPIC" -}}
{{- range $process := list "comapi.receiver.env" "comapi.filter.env" -}}
{{- range include $process $ | fromYamlArray }}{{ $own = append $own .name }}{{ end -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if kindIs "invalid" $value -}}
{{- else if has $name $own }}
env.{{ $name }} is set by the chart itself: remove it, and set the corresponding value of the chart
{{- else if and (regexMatch "(PASSWORD|PASSPHRASE|SECRET|SECRET_PREVIOUS|OTLP_HEADERS|TRACES_HEADERS)$|^(RABBITMQ|REDIS)_URL$" $name) (not (kindIs "map" $value)) }}
env.{{ $name }} is a secret, and values must not contain secrets: put it into a Secret, and name the Secret in envFrom
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.topics" -}}
{{- with .Values.topics -}}
{{- if and .create .strimzi.cluster }}
topics.create and topics.strimzi.cluster are both set: choose one
{{- end }}
{{- if and .strimzi.namespace (not .strimzi.cluster) }}
topics.strimzi.cluster is missing: set the name of the Strimzi Kafka object
{{- end }}
{{- range $name, $value := .settings -}}
{{- $setting := regexReplaceAll "^.*:" $name "" -}}
{{- if eq $setting "min.insync.replicas" }}
topics.settings has {{ $name }}: set topics.minInsyncReplicas instead
{{- else if eq $setting "cleanup.policy" }}
topics.settings has {{ $name }}: remove it. Events and dead letters must not be compacted, and latest states must be
{{- end }}
{{- end -}}
{{- if and .replicationFactor (gt (int .minInsyncReplicas) (int .replicationFactor)) }}
topics.minInsyncReplicas is larger than topics.replicationFactor: no record could ever be stored. Lower it
{{- end }}
{{- end -}}
{{- end -}}

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

{{- define "comapi.problems.routing" -}}
{{- with .Values -}}
{{- if .ingress.enabled -}}
{{- if not .ingress.host }}
ingress.host is missing: set the host name that the provider calls
{{- end }}
{{- $hosts := include "comapi.ingressHosts" $ | fromJsonArray -}}
{{- if ne (len $hosts) (len (uniq $hosts)) }}
ingress.extraHosts names a host twice, or repeats ingress.host: name each host once
{{- end }}
{{- range $i, $extra := .ingress.extraHosts -}}
{{- if and $extra.secretName (not $.Values.ingress.tls.enabled) }}
ingress.extraHosts[{{ $i }}].secretName is set but ingress.tls.enabled is false: nothing would serve that certificate. Set it to true, or remove the name
{{- end }}
{{- end }}
{{- end -}}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) }}
httpRoute.parentRefs is empty: name the Gateway, for example --set 'httpRoute.parentRefs[0].name=public'
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.jobs" -}}
{{- with .Values -}}
{{- if not (include "comapi.baseUrl" $) -}}
{{- range $job := list "registration" "canary" -}}
{{- if (get $.Values $job).enabled }}
publicUrl is missing: {{ $job }} needs it. Set it, or enable ingress or httpRoute with a host name
{{- end }}
{{- end -}}
{{- end -}}
{{- if or .registration.enabled .reconcile.enabled -}}
{{- include "comapi.problems.twoSecrets" (list "registration" .registration) }}
{{- if not (include "comapi.secretOf" .registration) }}
registration.existingSecret is missing: {{ ternary "registration" "reconcile" .registration.enabled }} needs the API user. Name the Secret with its username and password
{{- else if and .registration.secretProviderClass (kindIs "invalid" .env.COMAPI_API_USERNAME) }}
env.COMAPI_API_USERNAME is missing: registration.secretProviderClass cannot provide a user name. Set it in env
{{- end }}
{{- end -}}
{{- if and .reconcile.enabled (eq (include "comapi.store" $) "rabbitmq") }}
reconcile.enabled: the events in RabbitMQ's queues cannot be read without consuming them. Set it to false
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.scaling" -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
autoscaling.minReplicas is larger than autoscaling.maxReplicas: lower it, or raise maxReplicas
{{- end }}
{{- if not (or .targetCPUAverageValue .metrics) }}
autoscaling has no metric to scale by: set autoscaling.targetCPUAverageValue or autoscaling.metrics
{{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.monitoring" -}}
{{- with .Values -}}
{{- if and .prometheusRule.enabled (not .prometheusRule.selector) (not (has .monitor.kind (list "ServiceMonitor" "PodMonitor"))) }}
prometheusRule.enabled is true but monitor.kind is {{ default "empty" .monitor.kind }}: the alerts would select jobs that do not exist. Set monitor.kind to ServiceMonitor or PodMonitor, or name what scrapes the pods, for example prometheusRule.selector='job="kubernetes-pods",namespace="messaging"'
{{- end }}
{{- if and .networkPolicy.enabled (not .networkPolicy.metricsFrom) .monitor.kind }}
networkPolicy.metricsFrom is empty but monitor.kind is {{ .monitor.kind }}: Prometheus could not scrape. Name its namespace, for example --set 'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\.io/metadata\.name=monitoring', or set networkPolicy.enabled=false
{{- end }}
{{- end -}}
{{- end -}}

{{- define "comapi.problems.network" -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled (not .restrictEgress) (or .storeTo .storePorts .extraEgress) }}
networkPolicy.storeTo, storePorts or extraEgress is set but networkPolicy.restrictEgress is false: they would have no effect. Set it to true
{{- end }}
{{- if and (not .enabled) .restrictEgress }}
networkPolicy.restrictEgress is true but networkPolicy.enabled is false: nothing is restricted. Set both to true
{{- end }}
{{- end -}}
{{- end -}}
