// A Kafka of another vendor: franz-go's kfake with three brokers in one process, and random producer ids up to 2^63.
//
// It prints the brokers' addresses in one line. Then it executes each line of its standard input, and prints "done" or the
// error. It exits at the end of its input. The commands are:
//
//	hide                         descriptions of topics leave every setting out but one that nobody asks for
//	throttle MS                  the next produce request stores nothing, and its answer asks for a pause
//	recreate TOPIC PARTITIONS    deletes the topic and makes it again
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func main() {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	fmt.Println(strings.Join(cluster.ListenAddrs(), ","))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := obey(cluster, strings.Fields(lines.Text())); err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("done")
		}
	}
}

func obey(cluster *kfake.Cluster, words []string) error {
	switch words[0] {
	case "hide":
		hideSettings(cluster)
		return nil
	case "throttle":
		pauseMs, err := strconv.ParseInt(words[1], 10, 32)
		if err != nil {
			return err
		}
		throttle(cluster, int32(pauseMs))
		return nil
	case "recreate":
		partitions, err := strconv.ParseInt(words[2], 10, 32)
		if err != nil {
			return err
		}
		if err := cluster.DeleteTopic(words[1]); err != nil {
			return err
		}
		return cluster.CreateTopic(words[1], int32(partitions), nil)
	}
	return fmt.Errorf("unknown: %s", words[0])
}

func hideSettings(cluster *kfake.Cluster) {
	cluster.ControlKey(int16(kmsg.DescribeConfigs), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked := request.(*kmsg.DescribeConfigsRequest)
		answer := asked.ResponseKind().(*kmsg.DescribeConfigsResponse)
		for _, each := range asked.Resources {
			resource := kmsg.NewDescribeConfigsResponseResource()
			resource.ResourceType = each.ResourceType
			resource.ResourceName = each.ResourceName
			compression := kmsg.NewDescribeConfigsResponseResourceConfig()
			compression.Name = "compression.type"
			compression.Value = kmsg.StringPtr("producer")
			resource.Configs = append(resource.Configs, compression)
			answer.Resources = append(answer.Resources, resource)
		}
		return answer, nil, true
	})
}

func throttle(cluster *kfake.Cluster, pauseMs int32) {
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		asked := request.(*kmsg.ProduceRequest)
		answer := asked.ResponseKind().(*kmsg.ProduceResponse)
		answer.ThrottleMillis = pauseMs
		for _, each := range asked.Topics {
			topic := kmsg.NewProduceResponseTopic()
			topic.Topic = each.Topic
			topic.TopicID = each.TopicID
			for _, sent := range each.Partitions {
				partition := kmsg.NewProduceResponseTopicPartition()
				partition.Partition = sent.Partition
				partition.ErrorCode = kerr.NotEnoughReplicas.Code
				topic.Partitions = append(topic.Partitions, partition)
			}
			answer.Topics = append(answer.Topics, topic)
		}
		return answer, nil, true
	})
}
