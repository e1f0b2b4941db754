using Mover.Core.Access;
using Mover.State.Documents;

namespace Mover.Server.Arm;

/// <summary>What a request asked for, and was allowed.</summary>
internal sealed record Asked(ArmAction Action);

/// <summary>The authenticated caller of a request.</summary>
internal static class PrincipalOfRequest
{
    /// <summary>The caller; on anonymous routes there is none, and asking is a broken invariant.</summary>
    public static Principal Principal(this HttpContext http) =>
        http.Features.Get<Principal>() ?? throw new System.Diagnostics.UnreachableException("The route has no authenticated caller.");

    /// <summary>The stamp of a write on behalf of the caller.</summary>
    public static WriteStamp Stamp(this Principal principal, HttpContext http, TimeProvider clock) =>
        new WriteStamp(principal.CreatedBy, principal.CreatedByType, clock.GetUtcNow(), RequestIds.Of(http).CorrelationId)
            .With(http, principal.ObjectId);

    /// <summary>The stamp with what the request asked for, for the audit log.</summary>
    public static WriteStamp With(this WriteStamp stamp, HttpContext http, string objectId) =>
        http.Features.Get<Asked>() is { } asked
            ? stamp with { Action = asked.Action.Name, Scope = asked.Action.Scope, ObjectId = objectId }
            : stamp;
}
