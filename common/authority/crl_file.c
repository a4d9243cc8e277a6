#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "authority/crl_file.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypto/crl.h"
#include "crypto/key.h"
#include "store/disk.h"

#define MAGIC "SCCRL\0\0\1"
#define BODY (SC_CRL_FILE_HEAD - 32)

static int
damaged(struct sc_error *e, const char *what)
{
	return sc_fail(
	    e, SC_ERR_CORRUPT, "revocation list %s: %s", SC_CRL_FILE, what);
}

static int
decode(const uint8_t in[SC_CRL_FILE_HEAD], struct sc_crl_file *f)
{
	struct sc_reader r;
	uint8_t sum[32];
	const uint8_t *magic, *config, *digest;

	if (sc_sha256(in, BODY, sum) != 0 || memcmp(sum, in + BODY, 32) != 0)
		return SC_ERR_CORRUPT;
	sc_reader_init(&r, in, BODY);
	magic = sc_reader_bytes(&r, 8);
	f->number = sc_reader_u64(&r);
	f->this_update = (int64_t)sc_reader_u64(&r);
	f->next_update = (int64_t)sc_reader_u64(&r);
	f->upto = sc_reader_u64(&r);
	f->len = sc_reader_u64(&r);
	config = sc_reader_bytes(&r, sizeof(f->config));
	digest = sc_reader_bytes(&r, sizeof(f->digest));
	if (sc_reader_end(&r) != 0 || memcmp(magic, MAGIC, 8) != 0 ||
	    f->len > SC_CRL_MAX)
		return SC_ERR_CORRUPT;
	memcpy(f->config, config, sizeof(f->config));
	memcpy(f->digest, digest, sizeof(f->digest));
	return 0;
}

int
sc_crl_file_open(int dirfd, struct sc_crl_file *f, struct sc_error *e)
{
	uint8_t head[SC_CRL_FILE_HEAD];
	size_t got;
	int fd, r;

	*f = (struct sc_crl_file){.fd = -1};
	fd = openat(dirfd, SC_CRL_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return sc_fail(e,
		    errno == ENOENT ? SC_ERR_NOT_FOUND : SC_ERR_IO,
		    "open %s: %s", SC_CRL_FILE, strerror(errno));
	if ((r = sc_disk_pread(fd, head, sizeof(head), 0, &got, e)) != 0)
		goto out;
	if (got < sizeof(head) || decode(head, f) != 0) {
		r = damaged(e, "its header is damaged");
		goto out;
	}
	if (fstat(fd, &f->seen) != 0) {
		r = sc_fail(e, SC_ERR_IO, "revocation list %s: %s", SC_CRL_FILE,
		    strerror(errno));
		goto out;
	}
	if ((uint64_t)f->seen.st_size != SC_CRL_FILE_HEAD + f->len) {
		r = damaged(e, "it is not as long as it should be");
		goto out;
	}
	f->fd = fd;
	fd = -1; /* transferred */
out:
	if (fd >= 0)
		(void)close(fd);
	return r;
}

int
sc_crl_file_check(const struct sc_crl_file *f, struct sc_error *e)
{
	size_t n = SC_CRL_FILE_HEAD + (size_t)f->len;
	uint8_t *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, f->fd, 0);
	uint8_t digest[32];
	int r;

	if (p == MAP_FAILED)
		return sc_fail(e, SC_ERR_IO, "revocation list %s: mmap: %s",
		    SC_CRL_FILE, strerror(errno));
	r = sc_sha256(p + SC_CRL_FILE_HEAD, (size_t)f->len, digest);
	(void)munmap(p, n);
	if (r != 0)
		return sc_fail(e, r, "SHA-256 failed");
	if (memcmp(digest, f->digest, sizeof(digest)) != 0)
		return damaged(e, "its contents are damaged");
	return 0;
}

int
sc_crl_file_current(int dirfd, const struct sc_crl_file *f)
{
	const struct stat *then = &f->seen;
	struct stat now;

	return f->fd >= 0 &&
	    fstatat(dirfd, SC_CRL_FILE, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now.st_dev == then->st_dev && now.st_ino == then->st_ino &&
	    now.st_size == then->st_size &&
	    now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

void
sc_crl_file_close(struct sc_crl_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

static int
encode(const struct sc_crl_file *f, uint8_t out[SC_CRL_FILE_HEAD])
{
	struct sc_buf *b = sc_buf_new(BODY);
	int r;

	sc_buf_put(b, MAGIC, 8);
	sc_buf_put_u64(b, f->number);
	sc_buf_put_u64(b, (uint64_t)f->this_update);
	sc_buf_put_u64(b, (uint64_t)f->next_update);
	sc_buf_put_u64(b, f->upto);
	sc_buf_put_u64(b, f->len);
	sc_buf_put(b, f->config, sizeof(f->config));
	sc_buf_put(b, f->digest, sizeof(f->digest));
	if ((r = sc_buf_error(b)) == 0) {
		memcpy(out, sc_buf_data(b), BODY);
		r = sc_sha256(out, BODY, out + BODY);
	}
	sc_buf_free(b);
	return r;
}

int
sc_crl_file_write(int dirfd, struct sc_crl_file *f, const uint8_t *der,
    size_t n, struct sc_error *e)
{
	uint8_t head[SC_CRL_FILE_HEAD];
	int fd, r;

	f->len = n;
	if ((r = sc_sha256(der, n, f->digest)) != 0 ||
	    (r = encode(f, head)) != 0)
		return sc_fail(e, r, "revocation list: SHA-256 failed");
	if ((fd = sc_disk_create(dirfd, SC_CRL_FILE_TMP, O_WRONLY | O_TRUNC)) <
	    0)
		return sc_fail(e, SC_ERR_IO, "create %s: %s", SC_CRL_FILE_TMP,
		    strerror(errno));
	if ((r = sc_disk_pwrite(fd, head, sizeof(head), 0, e)) != 0 ||
	    (r = sc_disk_pwrite(fd, der, n, sizeof(head), e)) != 0)
		goto out;
	r = sc_disk_sync(fd, e);
out:
	if (close(fd) != 0 && r == 0)
		r = sc_fail(e, SC_ERR_IO, "close %s: %s", SC_CRL_FILE_TMP,
		    strerror(errno));
	if (r == 0)
		r = sc_disk_rename(dirfd, SC_CRL_FILE_TMP, SC_CRL_FILE, e);
	else /* gives back the space of a disk that is full */
		(void)unlinkat(dirfd, SC_CRL_FILE_TMP, 0);
	return r == 0 ? sc_disk_sync(dirfd, e) : r;
}
