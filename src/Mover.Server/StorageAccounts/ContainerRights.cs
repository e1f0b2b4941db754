using Mover.Core;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Authorization;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>What an agent needs to reach a container.</summary>
/// <param name="BlobEndpoint">The account's blob service, with a trailing slash.</param>
/// <param name="AccountName">The account as its service knows it.</param>
/// <param name="Sas">A service SAS without <c>?</c>; null when no key is kept and the agent uses its own identity.</param>
/// <param name="ExpiresAt">When the SAS ends; null without one.</param>
internal sealed record ContainerRight(string BlobEndpoint, string AccountName, Secret? Sas, DateTimeOffset? ExpiresAt);

/// <summary>Who may have the data of a container, and what of it: judged by roles alone.</summary>
internal static class DataRights
{
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

    /// <summary>The action that is missing when somebody has none, for the audit log.</summary>
    public static string ActionOf(RunSide side) => side == RunSide.Source ? Blobs + "/read" : Blobs + "/write";

    /// <summary>The container as a scope.</summary>
    public static string ScopeOf(ResourceId account, string container) =>
        account.Child("blobServices", "default").Child("containers", container).Text;

    /// <summary>
    /// What the principal may do in the container, as letters of a SAS in the service's order; null when that is too little: a source is
    /// read, a target is read and written.
    /// </summary>
    public static string? LettersOf(AccessSnapshot rights, string principalId, string scope, RunSide side)
    {
        var principal = new Principal(principalId, principalId, principalId, PrincipalKind.Application);
        bool May(string verb) => rights.Allows(principal, new($"{Blobs}/{verb}", scope), isData: true);

        var (reads, writes) = (May("read"), May("write"));
        return side == RunSide.Source
            ? reads ? "rl" : null
            : !reads || !writes ? null
            : May("delete") ? ServiceSas.MigrationRights : "racwl";
    }
}

/// <summary>Gives short-lived rights to one container.</summary>
internal sealed partial class ContainerRights(
    DocumentStore documents, AccountKeys keys, AccountServices services, AccessState access, TimeProvider clock,
    ILogger<ContainerRights> logger)
{
    /// <summary>How long a SAS lives; agents ask again before it ends.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>How long a SAS lives with which somebody only looks whether the container is there.</summary>
    public static readonly TimeSpan LookLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A SAS starts this long in the past, for services whose clocks are behind.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The right to the container, or why there is none. The role is needed whether or not a key is kept here; without one, the account's
    /// own service judges the agent's Azure identity as well.
    /// </summary>
    /// <param name="principalId">Object id of the agent's own identity.</param>
    /// <param name="side">Whether the container is read or also written.</param>
    /// <param name="account">The <c>Microsoft.Storage/storageAccounts</c> resource.</param>
    /// <param name="container">The container.</param>
    /// <param name="isLook">True for a right to list alone, for <see cref="LookLifetime"/>.</param>
    /// <param name="cancel">Stops the call.</param>
    public async Task<Result<ContainerRight>> IssueAsync(
        string principalId, RunSide side, ResourceId account, string container, bool isLook, CancellationToken cancel)
    {
        var registered = await documents.GetAsync(account, MoverJson.Wire.StorageAccount, cancel);
        var scope = DataRights.ScopeOf(account, container);
        if (registered?.Value.Properties?.PrimaryEndpoints?.Blob is not { } endpoint
            || DataRights.LettersOf(await access.CurrentAsync(cancel), principalId, scope, side) is not { } letters)
        {
            var role = side == RunSide.Source ? BuiltInRoles.BlobDataReader : BuiltInRoles.BlobDataContributor;
            return ArmErrors.DataRoleMissing(principalId, role, scope, registered is not null);
        }

        var name = StorageAccountRules.NameInService(endpoint, ArmCase.Lower(account.Name));
        if (registered.Value.Properties is not { KeyIsSet: true })
        {
            // The agent goes there with an identity of its own, so whose service it is decides whose roles count.
            return await services.IsOwnAsync(account, registered.Value, cancel)
                ? new ContainerRight(endpoint, name, null, null)
                : ArmErrors.StorageAccountServiceUnclaimed(account, endpoint);
        }

        if (!(await keys.RevealAsync(registered, cancel)).Try(out var key, out var unreadable))
        {
            return unreadable;
        }

        var now = clock.GetUtcNow();
        var until = now + (isLook ? LookLifetime : Lifetime);
        var allowHttp = endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        var sas = ServiceSas.Create(name, key, container, isLook ? "l" : letters, now - ClockSkew, until, allowHttp);
        Log.Issued(logger, container, account, principalId, until);
        return new ContainerRight(endpoint, name, sas, until);
    }

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Information,
            "Issued a SAS for container {Container} of {AccountId} to {PrincipalId}, valid until {Until}.")]
        public static partial void Issued(ILogger logger, string container, ResourceId accountId, string principalId, DateTimeOffset until);
    }
}
