// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "arch.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <endian.h>
#include <string.h>

/*
 * Processors as QEMU 7.2 names them. Those of arm64 and ppc64el are not "max": newer features only
 * cost time there. x-vof is a firmware that takes no ten seconds; without the cap-*, a pseries
 * machine under TCG refuses to start.
 */
const struct vm_arch vm_arches[] = {
	{
		.name = "amd64",
		.qemu = "qemu-system-x86_64",
		.install = "apt-get install qemu-system-x86",
		/*
		 * Without cx16: QEMU 7.2's TCG at times resumes cmpxchg16b with garbage in the
		 * flags after a page fault, and the guest's kernel oopses in its allocator. Without
		 * erms and fsrm: with them the kernel clears and copies by bytes, of which TCG
		 * takes one at a time (pages that were cleared were a sixth of the kernel's time).
		 * Without the rest: each only protects the kernel, or is state to be saved when
		 * tasks change, or serves the C library's memcpy(), at some 5 to 15 percent. The
		 * JIT asks for none of them (of BMI2 it does, and of what retpolines are for).
		 */
		.cpu = "max,-cx16,-erms,-fsrm,-smap,-smep,-umip,-la57,-xsave,-avx,-avx2",
		.console = "ttyS0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 256,
		.boot_seconds = 60,
		.slowness = 1,
		.elf_machine = EM_X86_64,
		.snapshots = true,
		.tsc = true,
	},
	{
		.name = "arm64",
		.qemu = "qemu-system-aarch64",
		.install = "apt-get install qemu-system-arm",
		.machine = "virt",
		.cpu = "cortex-a57",
		.console = "ttyAMA0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 512,
		.boot_seconds = 120,
		.slowness = 2,
		.elf_machine = EM_AARCH64,
	},
	{
		.name = "s390x",
		.qemu = "qemu-system-s390x",
		.install = "apt-get install qemu-system-misc",
		.machine = "s390-ccw-virtio",
		.cpu = "max",
		.console = "ttyS1",
		.serial_bus = "virtio-serial-ccw",
		.memory_mib = 512,
		.boot_seconds = 120,
		.slowness = 2,
		.elf_machine = EM_S390,
		.big_endian = true,
	},
	{
		.name = "riscv64",
		.qemu = "qemu-system-riscv64",
		.install = "apt-get install qemu-system-misc",
		.machine = "virt",
		.cpu = "rv64",
		.console = "ttyS0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 512,
		.boot_seconds = 120,
		.slowness = 3,
		.elf_machine = EM_RISCV,
	},
	{
		.name = "ppc64el",
		.qemu = "qemu-system-ppc64",
		.install = "apt-get install qemu-system-ppc",
		.machine = "pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,"
			   "cap-ccf-assist=off",
		.cpu = "power9",
		.console = "hvc0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 1024,
		.boot_seconds = 120,
		.slowness = 3,
		.elf_machine = EM_PPC64,
	},
	{
		.name = "armhf",
		.qemu = "qemu-system-arm",
		.install = "apt-get install qemu-system-arm",
		.machine = "virt",
		.cpu = "max",
		.console = "ttyAMA0",
		.serial_bus = "virtio-serial-pci",
		/*
		 * To free a program's memory, the kernel flushes each page between the lowest and
		 * the highest address that it had, of which one is below the linear map and one in
		 * or above it: the more memory the more pages. QEMU stops all its processors for
		 * each, also those that the kernel has not brought up.
		 */
		.memory_mib = 128,
		.one_processor = true,
		.boot_seconds = 120,
		.slowness = 4,
		.elf_machine = EM_ARM,
	},
	{
		.name = "i386",
		.qemu = "qemu-system-i386",
		.install = "apt-get install qemu-system-x86",
		.machine = "q35",
		/* As AMD's this model is a K7, of which two are no machine, its kernel warns. */
		.cpu = "max,-cx16,-erms,-fsrm,vendor=GenuineIntel",
		.console = "ttyS0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 512,
		.boot_seconds = 120,
		.slowness = 2,
		.elf_machine = EM_386,
		.tsc = true,
	},
	{
		.name = "mips64el",
		.qemu = "qemu-system-mips64el",
		.install = "apt-get install qemu-system-mips",
		.machine = "malta",
		.cpu = "MIPS64R2-generic",
		.console = "ttyS0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 512,
		.boot_seconds = 120,
		.slowness = 4,
		.elf_machine = EM_MIPS,
		.one_processor = true,
	},
	{
		.name = "loong64",
		.qemu = "usr/bin/qemu-system-loongarch64",
		.install = "run scripts/tools.sh loong64",
		.machine = "virt",
		.cpu = "la464",
		.firmware = "usr/share/qemu-efi-loongarch64/QEMU_EFI.fd",
		.console = "ttyS0",
		.serial_bus = "virtio-serial-pci",
		.memory_mib = 1024,
		.boot_seconds = 240,
		.slowness = 4,
		.elf_machine = EM_LOONGARCH,
	},
	{ .name = NULL },
};

const struct vm_arch *vm_arch_find(const char *name)
{
	for (const struct vm_arch *a = vm_arches; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

static uint16_t get16(const uint8_t *at, bool big_endian)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return big_endian ? be16toh(v) : le16toh(v);
}

static const struct vm_arch *of_elf(const uint8_t *data, size_t size)
{
	bool big_endian;
	uint16_t machine;

	if (size < sizeof(Elf32_Ehdr))
		return NULL;
	big_endian = data[EI_DATA] == ELFDATA2MSB;
	machine = get16(data + offsetof(Elf32_Ehdr, e_machine), big_endian);
	for (const struct vm_arch *a = vm_arches; a->name; a++)
		if (a->elf_machine == machine && a->big_endian == big_endian)
			return a;
	return NULL;
}

/* The boot protocol's header in a bzImage: Documentation/arch/x86/boot.rst. */
static const struct vm_arch *of_bzimage(const uint8_t *data, size_t size)
{
	bool has_flags = size > 0x237 && (data[0x206] | data[0x207] << 8) >= 0x20c;

	/* XLF_KERNEL_64 */
	return vm_arch_find(has_flags && (data[0x236] & 1) ? "amd64" : "i386");
}

/* Magic numbers: Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst,
   arch/arm/boot/compressed/head.S, arch/s390/boot/head.S, arch/x86/boot/header.S,
   drivers/firmware/efi/libstub/zboot-header.S */
static const struct magic {
	const char *arch; /* NULL: bzimage */
	size_t at, size;
	const char *bytes;
} magics[] = {
	{ NULL, 0x202, 4, "HdrS" },	   { "arm64", 0x38, 4, "ARM\x64" },
	{ "riscv64", 0x38, 4, "RSC\x05" }, { "armhf", 0x24, 4, "\x18\x28\x6f\x01" },
	{ "s390x", 0x10008, 6, "S390EP" },
};

/* An EFI program (zboot: the kernel is packed in it): the machine that its PE header names. */
static const struct vm_arch *of_efi(const uint8_t *data, size_t size)
{
	static const struct {
		const char *arch;
		uint16_t machine;
	} machines[] = { { "arm64", 0xaa64 }, { "riscv64", 0x5064 }, { "loong64", 0x6264 } };
	uint32_t at;

	if (size < 0x40 || data[0] != 'M' || data[1] != 'Z')
		return NULL;
	memcpy(&at, data + 0x3c, sizeof(at));
	at = le32toh(at);
	if (at > size - 0x40 || memcmp(data + at, "PE\0", 4) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (get16(data + at + 4, false) == machines[i].machine)
			return vm_arch_find(machines[i].arch);
	return NULL;
}

static const struct vm_arch *of_magic(const uint8_t *data, size_t size)
{
	if (size > SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		return of_elf(data, size);
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		const struct magic *m = &magics[i];

		if (size >= m->at + m->size && !memcmp(data + m->at, m->bytes, m->size))
			return m->arch ? vm_arch_find(m->arch) : of_bzimage(data, size);
	}
	return of_efi(data, size);
}

/* The beginning of what a gzip'd file holds. */
static size_t begin_of_packed(const uint8_t *data, size_t size, uint8_t *to, size_t room)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	la_ssize_t n = 0;

	if (!a)
		return 0;
	archive_read_support_filter_gzip(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data, size) == ARCHIVE_OK &&
	    archive_read_next_header(a, &e) == ARCHIVE_OK)
		n = archive_read_data(a, to, room);
	archive_read_free(a);
	return n > 0 ? (size_t)n : 0;
}

const struct vm_arch *vm_arch_of_image(const uint8_t *data, size_t size)
{
	uint8_t inner[512] = { 0 };

	if (size > 2 && data[0] == 0x1f && data[1] == 0x8b)
		return of_magic(inner, begin_of_packed(data, size, inner, sizeof(inner)));
	return of_magic(data, size);
}
