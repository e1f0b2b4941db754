using System.Runtime.InteropServices;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Local;

/// <summary>What an errno means for a transfer. Source: errno(3) and the pages of the calls.</summary>
internal static class LinuxFaults
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EEXIST = 17;
    public const int EXDEV = 18;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int EOPNOTSUPP = 95;

    /// <summary>The fault of the call that just failed on this thread.</summary>
    public static VolumeException Last(string what, EntryPath path) => Of(Marshal.GetLastPInvokeError(), what, path);

    public static VolumeException Of(int errno, string what, EntryPath path)
    {
        var (kind, isTransient, code) = Meaning(errno);
        var where = path.IsRoot ? "the root" : path.ToString();
        return new(new(kind, $"Could not {what} {where}: {Marshal.GetPInvokeErrorMessage(errno)}.", isTransient, Code: code));
    }

    private static (VolumeFaultKind Kind, bool IsTransient, StatusCode? Code) Meaning(int errno) => errno switch
    {
        ENOENT or ENOTDIR => (VolumeFaultKind.NotFound, false, null),
        EPERM or 13 => (VolumeFaultKind.Permission, false, null), // EACCES
        30 => (VolumeFaultKind.Permission, false, StatusCodes.TargetPermission), // EROFS: no item can be written
        ELOOP or EXDEV => (VolumeFaultKind.Changed, false, null), // a link stands where a folder or file was listed
        28 or 122 => (VolumeFaultKind.Full, false, null), // ENOSPC, EDQUOT
        110 or 62 => (VolumeFaultKind.Timeout, true, null), // ETIMEDOUT, ETIME
        36 => (VolumeFaultKind.Unsupported, false, StatusCodes.ItemComponentTooLong), // ENAMETOOLONG
        27 => (VolumeFaultKind.Unsupported, false, StatusCodes.ItemTooLarge), // EFBIG
        EINVAL or 84 => (VolumeFaultKind.Unsupported, false, StatusCodes.ItemCharactersUnsupported), // EILSEQ: a name it refuses
        EOPNOTSUPP => (VolumeFaultKind.Unsupported, false, null),
        11 or 12 or 16 or 23 or 24 => (VolumeFaultKind.Throttled, true, null), // EAGAIN, ENOMEM, EBUSY, ENFILE, EMFILE
        107 or 111 or 112 or 113 or 104 or 116 => (VolumeFaultKind.Transport, true, null), // a share below lost its server, or ESTALE
        39 or 21 or EEXIST => (VolumeFaultKind.Status, false, null), // ENOTEMPTY, EISDIR: something is in the way
        _ => (VolumeFaultKind.Io, false, null),
    };
}
