using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Identity;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>A program that may ask for tokens with a secret.</summary>
internal sealed record ServicePrincipal(string ClientId, string ObjectId, string DisplayName, SecretHash Hash)
{
    /// <summary>The program as a caller who has shown the secret.</summary>
    public Principal AsPrincipal() => new(ObjectId, ClientId, ClientId, PrincipalKind.Application) { Proof = Hash.Fingerprint };
}

/// <summary>Whose an object id is.</summary>
/// <param name="ClientId">The service principal's client id.</param>
internal sealed record ServicePrincipalOwner(string ClientId);

/// <summary>
/// Service principals in the state store. Only hashes of secrets are kept. Beside each is an entry under its object id, written and deleted
/// by the same commit, so that whose an object id is takes one read, however many there are and whichever instance made them.
/// </summary>
internal sealed partial class ServicePrincipals(
    DocumentStore documents, AccessState access, RoleGuard guard, Owners owners, RoleAssignments assignments,
    ILogger<ServicePrincipals> logger)
{
    /// <summary>Characters of a display name.</summary>
    public const int NameLengthMax = 120;

    /// <summary>Where they are kept, by client id.</summary>
    public const string Place = "serviceprincipals";

    private const string OwnersPlace = "serviceprincipalowners";

    /// <summary>Makes one; its secret is shown this once.</summary>
    public async Task<(ServicePrincipal Made, Secret Secret)> CreateAsync(string displayName, WriteStamp stamp, CancellationToken cancel)
    {
        var secret = ClientSecrets.Make();
        var made = new ServicePrincipal(Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), displayName, SecretHash.Of(secret));
        await documents.CommitAsync(
            [
                DocumentWrite.Put(KeyOf(made.ClientId), made, PrincipalsJson.Default.ServicePrincipal, DocumentCondition.Absent),
                OwnerOf(made),
            ],
            stamp,
            cancel);
        await access.RefreshAsync(KeyOf(made.ClientId), cancel);
        Log.Created(logger, made.ClientId, stamp.By, stamp.Correlation);
        return (made, secret);
    }

    /// <summary>
    /// Gives the one with this client id (a GUID) a new secret, shown this once; the old one, and the tokens that were given for it, are
    /// refused from then on.
    /// </summary>
    public async Task<Result<(ServicePrincipal Changed, Secret Secret)>> ResetAsync(
        string clientId, WriteStamp stamp, CancellationToken cancel)
    {
        var secret = ClientSecrets.Make();
        var rounds = documents.Rounds();
        do
        {
            if (await documents.GetAsync(KeyOf(clientId), PrincipalsJson.Default.ServicePrincipal, cancel) is not { } found)
            {
                return ArmErrors.DirectoryObjectNotFound(clientId);
            }

            var changed = found.Value with { Hash = SecretHash.Of(secret) };
            var commit = await documents.CommitAsync(
                [DocumentWrite.Put(found.Key, changed, PrincipalsJson.Default.ServicePrincipal, DocumentCondition.Unchanged(found.Info))],
                stamp,
                cancel);
            if (commit.Committed)
            {
                await access.RefreshAsync(found.Key, cancel);
                Log.Reset(logger, clientId, stamp.By, stamp.Correlation);
                return (changed, secret);
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.ServicePrincipalContended(clientId);
    }

    /// <summary>
    /// Keeps that the administrator's secret was replaced, for the audit log: the secret itself is in a file of the host.
    /// </summary>
    public async Task NoteResetAsync(Administrator administrator, WriteStamp stamp, CancellationToken cancel)
    {
        await documents.PutAsync(
            DocumentKey.Internal("administratorsecret"), administrator.Proof, PrincipalsJson.Default.String, DocumentCondition.Always,
            stamp, cancel);
        Log.Reset(logger, administrator.ClientId, stamp.By, stamp.Correlation);
    }

    /// <summary>The one with this client id (a GUID); null when there is none.</summary>
    public async Task<ServicePrincipal?> FindAsync(string clientId, CancellationToken cancel) =>
        (await documents.GetAsync(KeyOf(clientId), PrincipalsJson.Default.ServicePrincipal, cancel))?.Value;

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
                DocumentKey.Internal(Place), PrincipalsJson.Default.ServicePrincipal, after, StateLimits.PageEntriesMax, cancel,
                fault => Log.Skipped(logger, fault.Message));
            foreach (var found in page.Documents)
            {
                if (!await IsKnownAsync(found.Value.ObjectId, cancel))
                {
                    // Only while the principal is there: one deleted meanwhile leaves no entry behind.
                    await documents.CommitAsync(
                        [DocumentWrite.Check(found.Key, DocumentCondition.Unchanged(found.Info)), OwnerOf(found.Value)], stamp, cancel);
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
            DocumentKey.Internal(Place), PrincipalsJson.Default.ServicePrincipal, null, StateLimits.PageEntriesMax, cancel);
        return [.. page.Documents.Select(found => found.Value)];
    }

    /// <summary>Removes one with its role assignments, unless it is the last Owner who can sign in. False when there was none.</summary>
    public Task<Result<bool>> DeleteAsync(string clientId, WriteStamp stamp, CancellationToken cancel) =>
        guard.InTurnAsync(() => DeleteInTurnAsync(clientId, stamp, cancel), cancel);

    private async Task<Result<bool>> DeleteInTurnAsync(string clientId, WriteStamp stamp, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            var state = await guard.ReadAsync(cancel);
            if (await documents.GetAsync(KeyOf(clientId), PrincipalsJson.Default.ServicePrincipal, cancel) is not { } found)
            {
                return false;
            }

            var objectId = found.Value.ObjectId;
            if (!await owners.AnyAsync(owner => owner.PrincipalId.Equals(objectId, StringComparison.OrdinalIgnoreCase), cancel))
            {
                return ArmErrors.LastOwner();
            }

            // Its rights first: what is killed in between leaves a program without rights, which can be deleted again.
            if (!(await assignments.DeleteOfInTurnAsync(objectId, stamp, cancel)).Try(out var hadSome, out var refusal))
            {
                return refusal;
            }

            if (hadSome)
            {
                continue;
            }

            var commit = await documents.CommitAsync(
                [
                    DocumentWrite.Delete(found.Key, DocumentCondition.Unchanged(found.Info)), DocumentWrite.Delete(OwnerKeyOf(objectId)),
                    state.Write(),
                ],
                stamp,
                cancel);
            if (commit.Committed)
            {
                await access.RefreshAsync(found.Key, cancel);
                Log.Deleted(logger, clientId, stamp.By, stamp.Correlation);
                return true;
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.ServicePrincipalContended(clientId);
    }

    private static DocumentWrite OwnerOf(ServicePrincipal principal) => DocumentWrite.Put(
        OwnerKeyOf(principal.ObjectId), new(principal.ClientId), PrincipalsJson.Default.ServicePrincipalOwner, DocumentCondition.Always);

    /// <summary>Where the entry under an object id is.</summary>
    public static DocumentKey OwnerKeyOf(string objectId) => DocumentKey.Internal(OwnersPlace, objectId);

    private static DocumentKey KeyOf(string clientId) => DocumentKey.Internal(Place, clientId);

    private static partial class Log
    {
        [LoggerMessage(3030, LogLevel.Information, "Service principal {ClientId} was created by {Principal} ({CorrelationId}).")]
        public static partial void Created(ILogger logger, string clientId, string principal, string correlationId);

        [LoggerMessage(3031, LogLevel.Information, "Service principal {ClientId} was deleted by {Principal} ({CorrelationId}).")]
        public static partial void Deleted(ILogger logger, string clientId, string principal, string correlationId);

        [LoggerMessage(3034, LogLevel.Error, "Skipped a damaged service principal; it cannot sign in. {Damage}")]
        public static partial void Skipped(ILogger logger, string damage);

        [LoggerMessage(3033, LogLevel.Information, "The secret of service principal {ClientId} was replaced by {Principal} "
            + "({CorrelationId}).")]
        public static partial void Reset(ILogger logger, string clientId, string principal, string correlationId);
    }
}
