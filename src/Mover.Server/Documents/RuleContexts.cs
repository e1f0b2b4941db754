using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Settings;

namespace Mover.Server.Documents;

/// <summary>The tenant that this control plane's identities belong to.</summary>
internal sealed record Tenant(string Id);

/// <summary>Gives rules the time, ids and region of the control plane.</summary>
internal sealed class RuleContexts(Tenant tenant, ServerOptions options)
{
    /// <summary>The context of a request.</summary>
    public RuleContext Of(ResourceScope scope) =>
        new(scope.Now, tenant.Id, Guid.NewGuid) { ApiVersion = scope.ApiVersion, Region = options.Region };
}
