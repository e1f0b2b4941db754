using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Vault;

/// <summary>What is set besides the value.</summary>
/// <param name="ContentType">What the value is; null when not said.</param>
/// <param name="Enabled">False keeps the value from being read.</param>
/// <param name="Tags">Tags; null for none.</param>
internal sealed record SecretAttributes(string? ContentType = null, bool Enabled = true, IReadOnlyDictionary<string, string>? Tags = null);

/// <summary>
/// The built-in vault: secrets by vault and name, encrypted at rest with a key that is not in the store. The newest version is a secret's
/// own document; those before it are beside, and go with it in one commit. Safe for concurrent use; the last of several writers is newest.
/// </summary>
internal sealed partial class SecretVault(
    DocumentStore documents, VaultKeys keys, SecretRights rights, ILogger<SecretVault> logger)
{
    /// <summary>Bytes of a value in UTF-8; Key Vault's limit.</summary>
    public const int ValueBytesMax = 25 * 1024;

    /// <summary>Versions of a secret, the newest included; setting one more deletes the oldest.</summary>
    public const int VersionsMax = 20;

    /// <summary>Sets a new version of a secret of a vault and keeps those before; answers what is stored.</summary>
    public async Task<Document<StoredSecret>> AddAsync(
        SecretId id, Secret value, SecretAttributes attributes, WriteStamp stamp, CancellationToken cancel)
    {
        var stored = Sealed(id, value, attributes);
        var rounds = documents.Rounds();
        do
        {
            var newest = await FindAsync(id, cancel);
            var writes = new List<DocumentWrite>
            {
                DocumentWrite.Put(id.Key, stored, VaultJson.Default.StoredSecret,
                    DocumentCondition.AsRead(newest?.Info)),
            };
            if (newest is null)
            {
                // What outlived an earlier secret of this name, whatever was killed on the way, is not this one's.
                writes.AddRange(await rights.RemovalAsync(id, stamp, cancel));
            }
            else
            {
                writes.Add(DocumentWrite.Put(
                    id.OlderKey(newest.Value.Version), newest.Value with { SetAt = newest.Info.Modified.At },
                    VaultJson.Default.StoredSecret, DocumentCondition.Always));
                writes.AddRange((await OlderAsync(id, cancel)).Skip(VersionsMax - 2).Select(old => DocumentWrite.Delete(old.Key)));
            }

            var commit = await documents.CommitAsync(writes, stamp, cancel);
            if (commit.Committed && commit.Saved[0] is { } info)
            {
                Log.Set(logger, id.Vault, id.Name, stored.Version, stamp.By, stamp.Correlation);
                return new(stored, info);
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(StateFault.Contended, $"The secret '{id.Name}' kept being set for {Rounds.Bound.TotalSeconds} s.");
    }

    /// <summary>One version, without opening it; null when there is none.</summary>
    public async Task<Document<StoredSecret>?> FindAsync(SecretId id, string version, CancellationToken cancel)
    {
        var newest = await FindAsync(id, cancel);
        return newest is null || version.Equals(newest.Value.Version, StringComparison.OrdinalIgnoreCase) ? newest
            : SecretId.IsName(version) ? await documents.GetAsync(id.OlderKey(version), VaultJson.Default.StoredSecret, cancel)
            : null;
    }

    /// <summary>Every version, the newest first; at most <see cref="VersionsMax"/>.</summary>
    public async Task<IReadOnlyList<Document<StoredSecret>>> VersionsAsync(SecretId id, CancellationToken cancel) =>
        await FindAsync(id, cancel) is { } newest ? [newest, .. await OlderAsync(id, cancel)] : [];

    /// <summary>The write that sets the only value of a secret that belongs to a resource, for the resource's own commit.</summary>
    public DocumentWrite WriteOf(SecretId id, Secret value) =>
        DocumentWrite.Put(id.Key, Sealed(id, value, new()), VaultJson.Default.StoredSecret, DocumentCondition.Always);

    private StoredSecret Sealed(SecretId id, Secret value, SecretAttributes attributes)
    {
        var version = Guid.NewGuid().ToString("N");
        var sealedValue = SealedValue.Seal(value, id.SealId(version), keys.Current);
        return new(version, sealedValue, attributes.ContentType, attributes.Enabled, attributes.Tags);
    }

    private async Task<IReadOnlyList<Document<StoredSecret>>> OlderAsync(SecretId id, CancellationToken cancel)
    {
        var page = await documents.ListInternalAsync(id.OlderPlace, VaultJson.Default.StoredSecret, null, 2 * VersionsMax, cancel);
        return [.. page.Documents.OrderByDescending(found => found.Value.SetAt)];
    }

    /// <summary>What is stored of the secret, without opening it; null when there is none.</summary>
    public async Task<Document<StoredSecret>?> FindAsync(SecretId id, CancellationToken cancel) =>
        await documents.GetAsync(id.Key, VaultJson.Default.StoredSecret, cancel);

    /// <summary>The secret's value, or the refusal: absent, or not to be decrypted.</summary>
    public async Task<Result<Secret>> RevealAsync(SecretId id, CancellationToken cancel) =>
        await FindAsync(id, cancel) is { } found ? await OpenAsync(id, found.Value, cancel) : ArmErrors.SecretNotFound(id.Name);

    /// <summary>Decrypts what was found.</summary>
    public async ValueTask<Result<Secret>> OpenAsync(SecretId id, StoredSecret stored, CancellationToken cancel)
    {
        if (await keys.FindAsync(stored.Value.KeyId, cancel) is { } key && stored.Value.Open(id.SealId(stored.Version), key) is { } value)
        {
            return value;
        }

        Log.Unreadable(logger, id.Vault, id.Name, stored.Value.KeyId);
        return ArmErrors.SecretUnreadable(id.Name);
    }

    /// <summary>Deletes the secret for good, with every version. Returns what was stored; null when there was none.</summary>
    public async Task<Document<StoredSecret>?> DeleteAsync(SecretId id, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            if (await FindAsync(id, cancel) is not { } found)
            {
                return null;
            }

            // All or nothing, and only while no version comes in between: one left behind would belong to the next secret of this name.
            var older = id.IsInVault ? await OlderAsync(id, cancel) : [];
            var given = id.IsInVault ? await rights.RemovalAsync(id, stamp, cancel) : [];
            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Delete(id.Key, DocumentCondition.Unchanged(found.Info)),
                    .. older.Select(old => DocumentWrite.Delete(old.Key)),
                    .. given,
                ],
                stamp,
                cancel);
            if (commit.Committed)
            {
                Log.Deleted(logger, id.Vault, id.Name, stamp.By, stamp.Correlation);
                return found;
            }
        }
        while (await rounds.NextAsync(cancel));

        throw new StateException(StateFault.Contended, $"The secret '{id.Name}' kept changing for {Rounds.Bound.TotalSeconds} s.");
    }

    /// <summary>One page of a vault's secrets in the order of their names. <paramref name="afterName"/> is null for the first.</summary>
    public ValueTask<DocumentPage<StoredSecret>> ListAsync(string vault, string? afterName, int limit, CancellationToken cancel) =>
        documents.ListInternalAsync(
            SecretId.Place(vault),
            VaultJson.Default.StoredSecret,
            afterName is null ? null : SecretId.Of(vault, afterName).Key.Stored,
            limit,
            cancel);

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Information,
            "Secret {Name} of vault {Vault} was set as version {Version} by {Principal} ({CorrelationId}).")]
        public static partial void Set(ILogger logger, string vault, string name, string version, string principal, string correlationId);

        [LoggerMessage(3102, LogLevel.Information, "Secret {Name} of vault {Vault} was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(ILogger logger, string vault, string name, string principal, string correlationId);

        [LoggerMessage(3103, LogLevel.Error,
            "Secret {Name} of vault {Vault} cannot be decrypted with key {KeyId}: it was changed, or the key is missing.")]
        public static partial void Unreadable(ILogger logger, string vault, string name, string keyId);
    }
}
