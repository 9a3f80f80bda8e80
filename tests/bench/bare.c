/* The reference: a bare libpcap loop that touches every frame of a file. */
#include <pcap/pcap.h>

#include <stdint.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *in = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	uint64_t frames = 0, sum = 0;

	if (in == NULL) {
		fprintf(stderr, "bare: %s\n", argc == 2 ? error : "one file, please");
		return 1;
	}
	while (pcap_next_ex(in, &header, &bytes) == 1) {
		frames++;
		sum += header->caplen > 0 ? bytes[header->caplen - 1] : 0;
	}
	pcap_close(in);
	printf("%llu frames, %llu\n", (unsigned long long)frames, (unsigned long long)sum);
	return 0;
}
