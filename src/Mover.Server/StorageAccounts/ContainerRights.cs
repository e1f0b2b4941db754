using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.State.Documents;

namespace Mover.Server.StorageAccounts;

/// <summary>What an agent needs to reach a container.</summary>
/// <param name="BlobEndpoint">The account's blob service, with a trailing slash.</param>
/// <param name="AccountName">The account as its service knows it.</param>
/// <param name="Sas">A service SAS without <c>?</c>; null when no key is kept and the agent uses its own identity.</param>
/// <param name="ExpiresAt">When the SAS ends; null without one.</param>
internal sealed record ContainerRight(string BlobEndpoint, string AccountName, Secret? Sas, DateTimeOffset? ExpiresAt);

/// <summary>Who may have data of an account.</summary>
internal static class DataRights
{
    /// <summary>Null when the principal may read and write the container; otherwise the refusal. Every registered agent may.</summary>
    public static ArmError? Check(string principalId, ResourceId account, string container) =>
        principalId.Length > 0 ? null : ArmErrors.NoDataCredentials(account, $"the caller has no identity to be given '{container}'.");
}

/// <summary>Gives short-lived rights to one container.</summary>
internal sealed partial class ContainerRights(
    DocumentStore documents, AccountKeys keys, TimeProvider clock, ILogger<ContainerRights> logger)
{
    /// <summary>How long a SAS lives; agents ask again before it ends.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>A SAS starts this long in the past, for services whose clocks are behind.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(15);

    /// <summary>The right to the container, or why there is none. An account that is not registered is one of Azure's.</summary>
    /// <param name="principalId">The object id of the agent's identity.</param>
    /// <param name="account">The <c>Microsoft.Storage/storageAccounts</c> resource.</param>
    /// <param name="container">The container.</param>
    /// <param name="cancel">Stops the call.</param>
    public async Task<Result<ContainerRight>> IssueAsync(string principalId, ResourceId account, string container, CancellationToken cancel)
    {
        if (DataRights.Check(principalId, account, container) is { } refusal)
        {
            return refusal;
        }

        var registered = await documents.GetAsync(account, MoverJson.Wire.StorageAccount, cancel);
        var endpoint = registered?.Value.Properties?.PrimaryEndpoints?.Blob
            ?? $"https://{account.Name.ToLowerInvariant()}.blob.core.windows.net/";
        var name = StorageAccountRules.NameInService(endpoint, account.Name.ToLowerInvariant());
        if (registered?.Value.Properties is not { KeyIsSet: true })
        {
            return new ContainerRight(endpoint, name, null, null);
        }

        if (!(await keys.RevealAsync(registered, cancel)).Try(out var key, out var unreadable))
        {
            return unreadable;
        }

        var now = clock.GetUtcNow();
        var allowHttp = endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        var sas = ServiceSas.Create(name, key, container, ServiceSas.MigrationRights, now - ClockSkew, now + Lifetime, allowHttp);
        Log.Issued(logger, container, account, principalId, now + Lifetime);
        return new ContainerRight(endpoint, name, sas, now + Lifetime);
    }

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Information,
            "A signature for container {Container} of {AccountId} was given to {PrincipalId}, good until {Until}.")]
        public static partial void Issued(ILogger logger, string container, ResourceId accountId, string principalId, DateTimeOffset until);
    }
}
