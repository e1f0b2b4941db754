using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Mover.Core.Access;
using Mover.Server.Vault;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Access;

/// <summary>SHA-256 of a secret that we made ourselves from 32 random bytes: nothing slower is needed against guessing.</summary>
/// <param name="Base64">The digest.</param>
internal sealed record SecretHash(string Base64)
{
    public static SecretHash Of(Secret secret) => new(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret.Reveal()))));

    public bool Matches(Secret given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Base64), Encoding.ASCII.GetBytes(Of(given).Base64));
}

/// <summary>A program that may ask for tokens with a secret.</summary>
internal sealed record ServicePrincipal(string ClientId, string ObjectId, string DisplayName, SecretHash Hash);

/// <summary>Whose an object id is.</summary>
/// <param name="ClientId">The service principal's client id.</param>
internal sealed record ServicePrincipalOwner(string ClientId);

/// <summary>
/// Service principals in the state store. Only hashes of secrets are kept. Beside each is an entry under its object id, written and deleted
/// by the same commit, so that whose an object id is takes one read, however many there are and whichever instance made them.
/// </summary>
internal sealed partial class ServicePrincipals(DocumentStore documents, ILogger<ServicePrincipals> logger)
{
    /// <summary>Characters of a display name.</summary>
    public const int NameLengthMax = 120;

    private const string Place = "serviceprincipals";
    private const string OwnersPlace = "serviceprincipalowners";
    private const int SecretBytes = 32;

    /// <summary>Makes one; its secret is shown this once.</summary>
    public async Task<(ServicePrincipal Made, Secret Secret)> CreateAsync(string displayName, WriteStamp stamp, CancellationToken cancel)
    {
        var secret = new Secret(Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(SecretBytes)));
        var made = new ServicePrincipal(Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), displayName, SecretHash.Of(secret));
        await documents.CommitAsync(
            [
                DocumentWrite.Put(KeyOf(made.ClientId), made, AccessJson.Default.ServicePrincipal, DocumentCondition.Absent),
                OwnerOf(made),
            ],
            stamp,
            cancel);
        Log.Created(logger, made.ClientId, stamp.By, stamp.Correlation);
        return (made, secret);
    }

    /// <summary>The one with this client id (a GUID); null when there is none.</summary>
    public async Task<ServicePrincipal?> FindAsync(string clientId, CancellationToken cancel) =>
        (await documents.GetAsync(KeyOf(clientId), AccessJson.Default.ServicePrincipal, cancel))?.Value;

    /// <summary>True when the object id is a service principal's.</summary>
    public async Task<bool> IsKnownAsync(string objectId, CancellationToken cancel) =>
        Guid.TryParse(objectId, out var id) && await documents.GetInfoAsync(OwnerKeyOf(id.ToString()), cancel) is not null;

    /// <summary>Writes the entries by object id that a store from before there were any lacks.</summary>
    public async Task IndexAsync(WriteStamp stamp, CancellationToken cancel)
    {
        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(
                DocumentKey.Internal(Place), AccessJson.Default.ServicePrincipal, after, StateLimits.PageEntriesMax, cancel);
            foreach (var found in page.Documents)
            {
                if (!await IsKnownAsync(found.Value.ObjectId, cancel))
                {
                    // Only while the principal is there: one deleted meanwhile leaves no entry behind.
                    await documents.CommitAsync(
                        [DocumentWrite.Check(found.Key, DocumentCondition.Match(found.ETag)), OwnerOf(found.Value)], stamp, cancel);
                }
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>The first thousand, by client id.</summary>
    public async Task<IReadOnlyList<ServicePrincipal>> ListAsync(CancellationToken cancel)
    {
        var page = await documents.ListInternalAsync(
            DocumentKey.Internal(Place), AccessJson.Default.ServicePrincipal, null, StateLimits.PageEntriesMax, cancel);
        return [.. page.Documents.Select(found => found.Value)];
    }

    /// <summary>Removes one; tokens it holds stay good until they end. Returns false when there was none.</summary>
    public async Task<bool> DeleteAsync(string clientId, WriteStamp stamp, CancellationToken cancel)
    {
        if (await FindAsync(clientId, cancel) is not { } found)
        {
            return false;
        }

        await documents.CommitAsync(
            [DocumentWrite.Delete(KeyOf(clientId)), DocumentWrite.Delete(OwnerKeyOf(found.ObjectId))], stamp, cancel);
        Log.Deleted(logger, clientId, stamp.By, stamp.Correlation);
        return true;
    }

    private static DocumentWrite OwnerOf(ServicePrincipal principal) => DocumentWrite.Put(
        OwnerKeyOf(principal.ObjectId), new(principal.ClientId), AccessJson.Default.ServicePrincipalOwner, DocumentCondition.Always);

    private static DocumentKey OwnerKeyOf(string objectId) => DocumentKey.Internal(OwnersPlace, objectId);

    private static DocumentKey KeyOf(string clientId) => DocumentKey.Internal(Place, clientId);

    private static partial class Log
    {
        [LoggerMessage(3030, LogLevel.Information, "Service principal {ClientId} was created by {Principal} ({CorrelationId}).")]
        public static partial void Created(ILogger logger, string clientId, string principal, string correlationId);

        [LoggerMessage(3031, LogLevel.Information, "Service principal {ClientId} was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(ILogger logger, string clientId, string principal, string correlationId);
    }
}
