using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Mover.Files.Linux;

namespace Mover.Files;

/// <summary>Reads files that others may have put there: regular files only, no links, no more than is allowed.</summary>
public static unsafe class PlainFile
{
    private const int TypeMask = 0xF000;
    private const int TypeRegular = 0x8000;
    private const int IsLink = 40; // ELOOP
    private const int NotThere = 2; // ENOENT
    private const int NotAFolder = 20; // ENOTDIR

    /// <summary>
    /// All bytes of a file. A pipe or a device is never waited for. Throws <see cref="FileNotFoundException"/> when nothing is there,
    /// <see cref="PlainFileException"/> for a link, for what is no regular file and for what is too long, and the usual exceptions of the
    /// file system otherwise.
    /// </summary>
    /// <param name="path">The file. Links above it are followed, it itself is none.</param>
    /// <param name="bytesMax">The most that is read.</param>
    public static byte[] Read(string path, long bytesMax)
    {
        using var file = OperatingSystem.IsLinux() ? Open(path) : File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length > bytesMax)
        {
            throw new PlainFileException($"'{path}' has {length} bytes; the maximum is {bytesMax}.");
        }

        var content = new byte[length];
        var read = 0;
        while (read < content.Length)
        {
            var count = RandomAccess.Read(file, content.AsSpan(read), read);
            if (count == 0)
            {
                break;
            }

            read += count;
        }

        return read == content.Length ? content : content[..read];
    }

    private static SafeFileHandle Open(string path)
    {
        int number;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            number = LinuxCalls.Openat(
                LinuxCalls.AT_FDCWD, name,
                LinuxCalls.O_RDONLY | LinuxCalls.O_NOFOLLOW | LinuxCalls.O_NONBLOCK | LinuxCalls.O_CLOEXEC, 0);
        }

        if (number < 0)
        {
            throw Marshal.GetLastPInvokeError() switch
            {
                IsLink => new PlainFileException($"'{path}' is a symbolic link."),
                NotThere or NotAFolder => new FileNotFoundException($"'{path}' does not exist.", path),
                _ => new IOException($"Cannot open '{path}': {Marshal.GetLastPInvokeErrorMessage()}."),
            };
        }

        var file = new SafeFileHandle(number, ownsHandle: true);
        Statx stat;
        fixed (byte* self = "\0"u8)
        {
            if (LinuxCalls.Statx(number, self, LinuxCalls.AT_EMPTY_PATH, Statx.Wanted, &stat) == 0
                && (stat.Mode & TypeMask) == TypeRegular)
            {
                return file;
            }
        }

        file.Dispose();
        throw new PlainFileException($"'{path}' is not a regular file.");
    }
}

/// <summary>What is there is not a file that is read.</summary>
/// <param name="message">What it is instead, one sentence.</param>
public sealed class PlainFileException(string message) : IOException(message);
