using System.Security.Claims;

namespace Mover.Server.Arm;

/// <summary>Who calls, as systemData and the audit stamp show it.</summary>
/// <param name="Name">A user's name or an application's id.</param>
/// <param name="Type"><c>User</c>, <c>Application</c> or <c>ManagedIdentity</c>.</param>
/// <param name="ObjectId">The principal's object id.</param>
internal sealed record Caller(string Name, string Type, string ObjectId)
{
    /// <summary>The claim with the ARM id of the resource whose managed identity the caller is.</summary>
    public const string MachineClaim = "xms_mirid";

    /// <summary>The control plane itself: it creates runs and finishes operations.</summary>
    public static Caller Service { get; } = new("Mover", "Application", string.Empty);

    /// <summary>The caller of a request, from the claims <c>oid</c>, <c>appid</c>, <c>idtyp</c>, <c>upn</c> and <c>name</c>; one of a
    /// machine is a managed identity.</summary>
    public static Caller Of(ClaimsPrincipal user)
    {
        var objectId = user.FindFirstValue("oid") ?? user.FindFirstValue("sub") ?? string.Empty;
        if (user.HasClaim(claim => claim.Type == MachineClaim))
        {
            return new(objectId, "ManagedIdentity", objectId);
        }

        var application = user.FindFirstValue("appid") ?? user.FindFirstValue("azp");
        return user.FindFirstValue("idtyp") == "app"
            ? new(application ?? objectId, "Application", objectId)
            : new(user.FindFirstValue("upn") ?? user.FindFirstValue("unique_name") ?? user.FindFirstValue("name") ?? objectId, "User",
                objectId);
    }
}
