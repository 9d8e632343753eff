{{- /* Everything that the schema cannot say, all of it at once, each with its fix. */ -}}
{{- define "comapi.validate" -}}
{{- $problems := list -}}
{{- $v := .Values -}}
{{- if not $v.webhooks -}}
{{- $problems = append $problems "webhooks is empty: name the Secret that holds the signing secret, for example --set 'webhooks[0].existingSecret=comapi-webhook'" -}}
{{- end -}}
{{- $names := dict -}}
{{- $paths := dict -}}
{{- range $i, $w := (include "comapi.webhooks" . | fromJson).webhooks -}}
{{- if not $w.existingSecret -}}
{{- $problems = append $problems (printf "webhooks[%d].existingSecret is missing: create a Secret whose keys are the signing secrets (16 characters or more each) and name it here" $i) -}}
{{- end -}}
{{- if hasKey $names $w.name -}}
{{- $problems = append $problems (printf "webhooks[%d].name is %q like that of another registration: give each its own name" $i $w.name) -}}
{{- end -}}
{{- if hasKey $paths $w.path -}}
{{- $problems = append $problems (printf "webhooks[%d].path is %q like that of another registration: give each its own path" $i $w.path) -}}
{{- end -}}
{{- $_ := set $names $w.name true -}}
{{- $_ := set $paths $w.path true -}}
{{- end -}}
{{- if not $v.kafka.brokers -}}
{{- $problems = append $problems "kafka.brokers is empty: name at least one broker, for example --set 'kafka.brokers={kafka-bootstrap:9092}'" -}}
{{- end -}}
{{- if and $v.kafka.sasl.mechanism (not $v.kafka.sasl.existingSecret) -}}
{{- $problems = append $problems "kafka.sasl.mechanism is set but kafka.sasl.existingSecret is not: name the Secret with the password" -}}
{{- end -}}
{{- if and $v.kafka.sasl.existingSecret (not $v.kafka.sasl.mechanism) -}}
{{- $problems = append $problems "kafka.sasl.existingSecret is set but kafka.sasl.mechanism is not: set plain, scram-sha-256 or scram-sha-512" -}}
{{- end -}}
{{- if and $v.kafka.sasl.mechanism (not $v.kafka.tls.enabled) (not $v.kafka.sasl.allowPlaintext) -}}
{{- $problems = append $problems "kafka.sasl.mechanism is set but kafka.tls.enabled is false: the password, or what it can be guessed from, would cross the network. Set kafka.tls.enabled=true, or kafka.sasl.allowPlaintext=true where nobody else is on the network" -}}
{{- end -}}
{{- if and (not $v.kafka.tls.enabled) $v.kafka.tls.existingSecret -}}
{{- $problems = append $problems "kafka.tls.existingSecret is set but kafka.tls.enabled is false: set it to true" -}}
{{- end -}}
{{- if ne (empty $v.kafka.tls.certKey) (empty $v.kafka.tls.keyKey) -}}
{{- $problems = append $problems "kafka.tls.certKey and kafka.tls.keyKey belong together: set both or none" -}}
{{- end -}}
{{- if and $v.kafka.tls.certKey (not $v.kafka.tls.existingSecret) -}}
{{- $problems = append $problems "kafka.tls.certKey is set but kafka.tls.existingSecret is not: name the Secret that holds it" -}}
{{- end -}}
{{- $least := add $v.shutdown.delaySeconds (divf $v.config.requestBudgetMs 1000 | ceil | int) -}}
{{- if lt (int $v.shutdown.timeoutSeconds) (int $least) -}}
{{- $problems = append $problems (printf "shutdown.timeoutSeconds is %d: it must be at least %d (shutdown.delaySeconds plus config.requestBudgetMs), so that every request under way is answered" (int $v.shutdown.timeoutSeconds) (int $least)) -}}
{{- end -}}
{{- if gt (add $v.config.bodyTimeoutMs 1000) (int64 $v.config.requestBudgetMs) -}}
{{- $problems = append $problems (printf "config.bodyTimeoutMs is %d: it must be 1000 or more below config.requestBudgetMs, so that there is time to store what arrived" (int $v.config.bodyTimeoutMs)) -}}
{{- end -}}
{{- if and $v.config.maxInFlightBytes (lt (int64 $v.config.maxInFlightBytes) (int64 $v.config.maxBodyBytes)) -}}
{{- $problems = append $problems "config.maxInFlightBytes is less than config.maxBodyBytes: the largest body could never be admitted" -}}
{{- end -}}
{{- if and $v.topics.create $v.topics.strimzi.enabled -}}
{{- $problems = append $problems "topics.create and topics.strimzi.enabled are both true: choose one" -}}
{{- end -}}
{{- if and $v.topics.strimzi.enabled (not $v.topics.strimzi.cluster) -}}
{{- $problems = append $problems "topics.strimzi.cluster is missing: set the name of the Strimzi Kafka object" -}}
{{- end -}}
{{- if gt (int $v.topics.minInsyncReplicas) (int $v.topics.replicationFactor) -}}
{{- $problems = append $problems "topics.minInsyncReplicas is larger than topics.replicationFactor: nothing could ever be stored" -}}
{{- end -}}
{{- if $v.ingress.enabled -}}
{{- if not $v.ingress.host -}}
{{- $problems = append $problems "ingress.host is missing: set the host name that the provider calls" -}}
{{- end -}}
{{- if and $v.ingress.tls.enabled (not $v.ingress.tls.secretName) -}}
{{- $problems = append $problems "ingress.tls.secretName is missing: name the TLS Secret, or set ingress.tls.enabled=false where TLS ends in front of the controller" -}}
{{- end -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
{{- $problems = append $problems "httpRoute.parentRefs is empty: name the Gateway, for example --set 'httpRoute.parentRefs[0].name=public'" -}}
{{- end -}}
{{- if $v.registration.enabled -}}
{{- if not $v.registration.existingSecret -}}
{{- $problems = append $problems "registration.existingSecret is missing: name the Secret with the API user's username and password" -}}
{{- end -}}
{{- if not (include "comapi.baseUrl" .) -}}
{{- $problems = append $problems "publicUrl is missing: set it for registration, or enable ingress or httpRoute with a host name" -}}
{{- end -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- $problems = append $problems "autoscaling.minReplicas is larger than autoscaling.maxReplicas" -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (not $v.autoscaling.targetCPUUtilizationPercentage) (not $v.autoscaling.metrics) -}}
{{- $problems = append $problems "autoscaling has nothing to scale by: set autoscaling.targetCPUUtilizationPercentage or autoscaling.metrics" -}}
{{- end -}}
{{- if $v.podDisruptionBudget.enabled -}}
{{- if eq (kindIs "invalid" $v.podDisruptionBudget.minAvailable) (kindIs "invalid" $v.podDisruptionBudget.maxUnavailable) -}}
{{- $problems = append $problems "podDisruptionBudget needs either minAvailable or maxUnavailable, and null for the other" -}}
{{- end -}}
{{- end -}}
{{- if and $v.serviceMonitor.enabled $v.scrapeAnnotations -}}
{{- $problems = append $problems "serviceMonitor.enabled and scrapeAnnotations are both true: choose one, or pods are scraped twice" -}}
{{- end -}}
{{- if and $v.prometheusRule.enabled (not $v.serviceMonitor.enabled) (not $v.prometheusRule.selector) -}}
{{- $problems = append $problems "prometheusRule.enabled is true but serviceMonitor.enabled is false: the alerts would select jobs that do not exist. Set serviceMonitor.enabled=true, or name what scrapes the pods, for example prometheusRule.selector='job=\"kubernetes-pods\",namespace=\"messaging\"'" -}}
{{- end -}}
{{- with $v.networkPolicy -}}
{{- if and .enabled (not .metricsFrom) (or $v.serviceMonitor.enabled $v.scrapeAnnotations) -}}
{{- $problems = append $problems (printf "networkPolicy.metricsFrom is empty but %s is true: Prometheus could not scrape. Name its namespace, for example --set 'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name=monitoring', or set networkPolicy.enabled=false" (ternary "serviceMonitor.enabled" "scrapeAnnotations" $v.serviceMonitor.enabled)) -}}
{{- end -}}
{{- if and .enabled (not .restrictEgress) (or .kafkaTo .kafkaPorts .extraEgress) -}}
{{- $problems = append $problems "networkPolicy.kafkaTo, kafkaPorts or extraEgress is set but networkPolicy.restrictEgress is false: set it to true, or nothing is restricted by them" -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThe values cannot work:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}
