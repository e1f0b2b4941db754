using Mover.Server.Arm;
using Mover.Server.DataFolders;
using Mover.Server.Keys;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State.Copies;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>
/// Finds the identity in the store when a server starts; the first over an empty store makes it, and one with a data folder from before
/// the store held it puts it there. Of two that start at once, one is first, and the other takes what that one has put.
/// </summary>
internal sealed partial class IdentityOpening(
    DocumentStore documents, ServerOptions options, TimeProvider clock, ILogger<IdentityOpening> logger)
{
    private readonly IdentityFiles _files = new(options.DataFolder);
    private readonly TlsFiles _tls = new(options.DataFolder);
    private readonly IdentitySeal _seal = new(KeyRing.Of(options.KeyRing, options.DataFolder));

    /// <summary>
    /// The identity, with its copies in the data folder. Throws <see cref="DataFolderException"/> when the folder belongs to another
    /// control plane or the key ring does not open the identity.
    /// </summary>
    /// <param name="isStandby">What is there is a copy, which is not written.</param>
    /// <param name="cancel">Stops the opening.</param>
    public async Task<DeploymentIdentity> OpenAsync(bool isStandby, CancellationToken cancel)
    {
        var found = await FindAsync(cancel) ?? await PutAsync(cancel) ?? await FindAsync(cancel)
            ?? throw new DataFolderException(options.DataFolder, "its state lost the identity while the server started");
        if (_files.ReadAdministrator() is { } own
            && !own.TenantId.Equals(found.Value.TenantId, StringComparison.OrdinalIgnoreCase))
        {
            throw OfAnother(own.TenantId, found.Value.TenantId);
        }

        var content = await _seal.OpenAsync(found.Value, cancel);
        var identity = new DeploymentIdentity(documents, _seal, new(content, found.Info, found.Value.WrappedKey.KeyId), clock);
        if (!isStandby)
        {
            await new IdentityUpkeep(identity, _files, clock).TendAsync(cancel);
        }

        WriteCopies(identity.Current, _files, _tls);
        return identity;
    }

    /// <summary>Writes what this host's tools and its clients are given.</summary>
    public static void WriteCopies(IdentitySnapshot snapshot, IdentityFiles files, TlsFiles tls)
    {
        files.Write(snapshot.Administrator, snapshot.SigningKeys[^1].Key);
        tls.WriteAuthorities(snapshot.AuthorityBundle());
    }

    private ValueTask<Document<StoredIdentity>?> FindAsync(CancellationToken cancel) =>
        documents.GetAsync(DeploymentIdentity.Key, IdentityJson.Default.StoredIdentity, cancel);

    // Null when another server was first.
    private async Task<Document<StoredIdentity>?> PutAsync(CancellationToken cancel)
    {
        var own = _files.ReadAdministrator();
        if (await documents.GetAsync(StateOwner.Key, StateOwnerJson.Default.StateOwner, cancel) is { } owner)
        {
            if (!owner.Value.TenantId.Equals(own?.TenantId, StringComparison.OrdinalIgnoreCase))
            {
                throw OfAnother(own?.TenantId, owner.Value.TenantId);
            }
        }
        else if (own is not null && options.Store.IsShared && !options.StartEmpty)
        {
            throw new DataFolderException(
                options.DataFolder,
                $"a server has already served from it, but the store at {options.Store.Name} is empty; specify the store with its "
                    + "state, or start with --start-empty to discard that state");
        }

        var now = clock.GetUtcNow();
        var content = Content(own, now);
        _seal.Ring.MakeFirst();
        var stored = await _seal.SealAsync(content, IdentitySnapshot.FactsOf(content), cancel);
        var stamp = new WriteStamp(Caller.Service.Name, Caller.Service.Type, now, Guid.NewGuid().ToString());

        // Nor over the beginning of a copy, which may have come since this start looked.
        var saved = await documents.CommitAsync(
            [
                DocumentWrite.Put(DeploymentIdentity.Key, stored, IdentityJson.Default.StoredIdentity, DocumentCondition.Absent),
                DocumentWrite.Check(UnfinishedMark.Key, DocumentCondition.Absent),
            ],
            stamp,
            cancel);
        if (!saved.Committed)
        {
            await UnfinishedMark.RefuseAsync(documents, options.Store.Name, cancel);
        }
        else if (own is not null)
        {
            Log.TakenOver(logger, options.DataFolder, _seal.Ring.Place, _tls.AuthorityKeyPath);
        }

        return saved.Saved[0] is { } info ? new(stored, info) : null;
    }

    private IdentityContent Content(Administrator? own, DateTimeOffset now)
    {
        var administrator = own ?? new(NewId(), NewId(), NewId(), NewId(), ClientSecrets.Make());
        var vaultKeys = VaultFiles.Read(options.DataFolder);

        // The authority's key was lost with the state that is given up.
        var isLost = options.StartEmpty && !File.Exists(_tls.AuthorityKeyPath);
        using var authority = (isLost ? null : _tls.ReadAuthority(now)) ?? CertificateAuthority.Create(now);
        return new()
        {
            Administrator = AdministratorPart.Of(administrator),
            SigningKeys = [_files.ReadSigningKey() is { } key
                ? new() { Pem = key.Rsa.ExportPkcs8PrivateKeyPem(), MadeAt = now }
                : SigningKey.Make(now)],
            Authorities = [authority.ToPart(now)],
            VaultKeys = vaultKeys.Count > 0
                ? [.. vaultKeys.Select(key => new VaultKeyPart { Bytes = key.Bytes.ToArray(), MadeAt = now })]
                : [IdentityUpkeep.MakeVaultKey(now)],
        };
    }

    private static string NewId() => Guid.NewGuid().ToString();

    private DataFolderException OfAnother(string? own, string owner) => new(
        options.DataFolder,
        own is null
            ? $"its state belongs to tenant {owner}, but its access/administrator.json is missing; restore both from the same backup"
            : $"its state belongs to tenant {owner} and its access/administrator.json to tenant {own}; restore both from the same backup");

    private static partial class Log
    {
        [LoggerMessage(3041, LogLevel.Information, "The identity of '{DataFolder}' was moved to the store, encrypted with the key ring "
            + "'{Ring}'. '{AuthorityKey}' and the keys in the vault folder are no longer used; delete them once you have a backup of "
            + "the store and the ring.")]
        public static partial void TakenOver(ILogger logger, string dataFolder, string ring, string authorityKey);
    }
}
