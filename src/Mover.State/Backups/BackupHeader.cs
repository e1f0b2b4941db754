using System.Text.Json.Serialization;

namespace Mover.State.Backups;

/// <summary>The head of a backup, in the clear.</summary>
/// <param name="Version">The version of the format; this program writes and reads <see cref="BackupFormat.Version"/>.</param>
/// <param name="Id">Tells this backup from all others.</param>
/// <param name="Source">The name of the store that was backed up.</param>
/// <param name="Revision">The store's revision.</param>
/// <param name="TakenAt">The moment that the backup shows.</param>
/// <param name="Seal">What the key comes from that the rest is encrypted with.</param>
public sealed record BackupHeader(
    int Version, string Id, string Source, long Revision, DateTimeOffset TakenAt, BackupSeal Seal);

/// <summary>What a backup's key comes from: a key ring that wrapped it, or a passphrase that it is derived from.</summary>
public sealed record BackupSeal
{
    /// <summary>The key of the ring that wrapped the backup's key; null with a passphrase.</summary>
    public string? RingKeyId { get; init; }

    /// <summary>The wrapped key; null with a passphrase.</summary>
    public byte[]? WrappedKey { get; init; }

    /// <summary>16 random bytes for PBKDF2; null with a key ring.</summary>
    public byte[]? Salt { get; init; }

    /// <summary>Rounds of PBKDF2 with HMAC-SHA-512; 0 with a key ring.</summary>
    public int Iterations { get; init; }
}

/// <summary>The end of a backup.</summary>
/// <param name="Entries">How many entries it holds.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Sha256">The digest over them, as <see cref="Copies.StateDigest"/> makes it.</param>
internal sealed record BackupEnd(long Entries, long Bytes, string Sha256);

/// <summary>JSON of a backup's head and end.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(BackupHeader))]
[JsonSerializable(typeof(BackupEnd))]
internal sealed partial class BackupJson : JsonSerializerContext;
