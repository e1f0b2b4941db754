using System.Security.Cryptography;
using System.Text;
using Mover.Core.Access;
using Mover.Server.DataFolders;
using Mover.Server.Keys;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Backups;

namespace Mover.Server.Backups;

/// <summary>What opens a backup: a passphrase, or the key ring that opens the state's identity, too.</summary>
/// <param name="Passphrase">The passphrase; null takes the key ring.</param>
/// <param name="KeyRing">The ring, as <see cref="ServerOptions.KeyRing"/> names it; null for the data folder's own.</param>
public sealed record BackupKeys(Secret? Passphrase, string? KeyRing)
{
    /// <summary>A passphrase has at least this many characters.</summary>
    public const int PassphraseCharsMin = 12;

    /// <summary>Rounds of PBKDF2 with HMAC-SHA-512 for a new backup: some 0.3 s. Source: OWASP asks for 210,000.</summary>
    private const int Iterations = 600_000;

    /// <summary>More of them are not carried out for a file that somebody gave.</summary>
    private const int IterationsMax = 10_000_000;

    private const int SaltBytes = 16;

    /// <summary>A key for one new backup, and what it comes from.</summary>
    internal async Task<(byte[] Key, BackupSeal Seal)> MakeAsync(string dataFolder, CancellationToken cancel)
    {
        if (Passphrase is { } passphrase)
        {
            if (passphrase.Reveal().Length < PassphraseCharsMin)
            {
                throw new FormatException($"The passphrase is shorter than {PassphraseCharsMin} characters.");
            }

            var salt = RandomNumberGenerator.GetBytes(SaltBytes);
            return (Derive(passphrase, salt, Iterations), new() { Salt = salt, Iterations = Iterations });
        }

        var key = RandomNumberGenerator.GetBytes(BackupFormat.KeyBytes);
        var wrapped = await Keys.KeyRing.Of(KeyRing, dataFolder).WrapAsync(key, cancel);
        return (key, new() { RingKeyId = wrapped.KeyId, WrappedKey = wrapped.Bytes });
    }

    /// <summary>The key of a backup. Throws <see cref="DataFolderException"/> when the ring cannot open it.</summary>
    internal async Task<byte[]> OpenAsync(BackupSeal seal, string path, string dataFolder, CancellationToken cancel)
    {
        if (seal is { RingKeyId: { } id, WrappedKey: { } wrapped })
        {
            try
            {
                return await Keys.KeyRing.Of(KeyRing, dataFolder).UnwrapAsync(new(id, wrapped), cancel);
            }
            catch (DataFolderException missing)
            {
                throw new DataFolderException(
                    path,
                    $"it is encrypted with key {id} of a key ring; specify that ring with --key-ring. "
                        + $"{missing.Message.TrimEnd('.')}", missing);
            }
        }

        if (seal is not { Salt.Length: > 0, Iterations: > 0 and <= IterationsMax })
        {
            throw new StateException(StateFault.Damaged, $"The backup '{path}' does not state how it is encrypted; use another backup.");
        }

        return Passphrase is { } passphrase ? Derive(passphrase, seal.Salt, seal.Iterations) : throw new DataFolderException(
            path, "it is encrypted with a passphrase; provide it with --passphrase-file or in MOVER_BACKUP_PASSPHRASE");
    }

    private static byte[] Derive(Secret passphrase, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(passphrase.Reveal()), salt, iterations, HashAlgorithmName.SHA512, BackupFormat.KeyBytes);
}
