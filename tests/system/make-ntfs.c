/* SPDX-License-Identifier: ISC
 *
 * make-ntfs IMAGE FOLDER [compressed]: copies what lies in FOLDER into the root of an NTFS image
 * (mkntfs made it) through libntfs-3g, so that no rights and no mount are needed. Small files come
 * to lie within their record, as NTFS has it. Names are ASCII. With "compressed" files are stored
 * so.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdarg.h> /* which libntfs-3g forgets */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/unistr.h>
#include <ntfs-3g/volume.h>

#define PIECE 65536

static bool compressed;

static ntfs_inode *create(ntfs_inode *folder, const char *name, mode_t type)
{
    ntfschar *letters = NULL;
    int length = ntfs_mbstoucs(name, &letters);
    ntfs_inode *made;

    if (length < 0)
        err(1, "%s: its letters", name);
    made = ntfs_create(folder, const_cpu_to_le32(0), letters, (u8)length, type);
    if (made == NULL)
        err(1, "%s: making it", name);
    free(letters);
    return made;
}

static void fill(ntfs_inode *inode, int from, const char *name)
{
    ntfs_attr *data;
    char piece[PIECE];
    s64 offset = 0;
    ssize_t got;

    data = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    if (data == NULL)
        err(1, "%s: its data", name);
    while ((got = read(from, piece, sizeof(piece))) > 0) {
        if (ntfs_attr_pwrite(data, offset, got, piece) != got)
            err(1, "%s: writing", name);
        offset += got;
    }
    if (got < 0)
        err(1, "%s", name);
    if (compressed && NAttrNonResident(data) && ntfs_attr_pclose(data) < 0)
        err(1, "%s: closing", name);
    ntfs_attr_close(data);
}

static void copy_folder(ntfs_inode *folder, int fd);

static void copy_one(ntfs_inode *folder, int fd, const char *name)
{
    struct stat status;
    ntfs_inode *inode;
    int file = openat(fd, name, O_RDONLY | O_CLOEXEC);

    if (file < 0 || fstat(file, &status) < 0)
        err(1, "%s", name);
    inode = create(folder, name, S_ISDIR(status.st_mode) ? S_IFDIR : S_IFREG);
    if (S_ISDIR(status.st_mode)) {
        copy_folder(inode, file);
    } else {
        fill(inode, file, name);
        close(file);
    }
    if (ntfs_inode_close_in_dir(inode, folder) < 0) /* which is open itself */
        err(1, "%s: closing", name);
}

/* Takes fd. */
static void copy_folder(ntfs_inode *folder, int fd)
{
    struct dirent *entry;
    DIR *names = fdopendir(fd);

    if (names == NULL)
        err(1, "a folder");
    while ((entry = readdir(names)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            copy_one(folder, fd, entry->d_name);
    }
    closedir(names);
}

int main(int argc, char **argv)
{
    ntfs_volume *volume;
    ntfs_inode *root;
    int fd;

    if (argc < 3)
        errx(2, "usage: make-ntfs IMAGE FOLDER [compressed]");
    compressed = argc > 3;
    volume = ntfs_mount(argv[1], 0);
    if (volume == NULL)
        err(1, "%s", argv[1]);
    if (compressed) /* the mount option */
        NVolSetCompression(volume);
    root = ntfs_inode_open(volume, FILE_root);
    if (compressed && root != NULL) /* what is made in it is as it is */
        root->flags |= FILE_ATTR_COMPRESSED;
    fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root == NULL || fd < 0)
        err(1, "%s", argv[2]);
    copy_folder(root, fd);
    if (ntfs_inode_close(root) < 0 || ntfs_umount(volume, FALSE) < 0)
        err(1, "closing %s", argv[1]);
    return 0;
}
