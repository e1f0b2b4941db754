using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>Who a caller is.</summary>
public enum PrincipalKind
{
    /// <summary>A person.</summary>
    User,

    /// <summary>A program with a secret of its own.</summary>
    Application,

    /// <summary>An agent, by the identity of its hybrid machine.</summary>
    Agent,
}

/// <summary>The authenticated caller of a request, as its token says.</summary>
/// <param name="ObjectId">The identity's id (<c>oid</c>): what role assignments and agents' machines name.</param>
/// <param name="ApplicationId">The client the token was issued to (<c>appid</c>).</param>
/// <param name="Name">The user's name (<c>upn</c>); for others the application id.</param>
/// <param name="Kind">What kind of caller it is.</param>
/// <param name="Machine">For an agent, its <c>Microsoft.HybridCompute/machines</c> resource; the default id for others.</param>
public sealed record Principal(string ObjectId, string ApplicationId, string Name, PrincipalKind Kind, ResourceId Machine = default)
{
    /// <summary>The external issuer that vouches for the caller, as its tokens name it; null for an own identity.</summary>
    public string? Issuer { get; init; }

    /// <summary>
    /// A fingerprint of the secret that the token was given for, so that it ends with it. Null where there is none.
    /// </summary>
    public string? Proof { get; init; }

    /// <summary>Tells the caller from everybody else. The object id alone does not: several issuers may give out the same.</summary>
    public string Identity => Issuer is null ? ObjectId : $"{ObjectId} {Issuer}";

    /// <summary>Object ids, lower case, of the groups that the issuer says the caller is in; their roles are the caller's too.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What <c>systemData.createdBy</c> shows: a user's name, an application's client id, an agent's identity.</summary>
    public string CreatedBy => Kind switch
    {
        PrincipalKind.User => Name,
        PrincipalKind.Application => ApplicationId,
        _ => ObjectId,
    };

    /// <summary>What <c>systemData.createdByType</c> shows, in ARM's words.</summary>
    public string CreatedByType => Kind switch
    {
        PrincipalKind.User => "User",
        PrincipalKind.Application => "Application",
        _ => "ManagedIdentity",
    };
}

/// <summary>An application of this control plane that can sign in.</summary>
/// <param name="ObjectId">Its object id.</param>
/// <param name="Proof">A fingerprint of its secret, as <see cref="Principal.Proof"/> shows it.</param>
public sealed record KnownApplication(string ObjectId, string Proof);
