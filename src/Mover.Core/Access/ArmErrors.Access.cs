using Mover.Core.Access;

namespace Mover.Core.Arm;

/// <summary>Refusals of authentication and authorization; codes as Azure Resource Manager gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>401: there is no Authorization header.</summary>
    public static ArmError AuthorizationMissing() =>
        new(401, "AuthenticationFailed", "The request carries no 'Authorization' header. Send 'Authorization: Bearer <token>'.");

    /// <summary>401: the Authorization header is not one bearer token.</summary>
    public static ArmError AuthorizationMalformed() =>
        new(401, "AuthenticationFailedInvalidHeader", "The 'Authorization' header is not of the form 'Bearer <token>'.");

    /// <summary>401: the token is forged, broken, unsigned or signed with an unknown key.</summary>
    public static ArmError TokenInvalid() =>
        new(401, "InvalidAuthenticationToken", "The access token is invalid: it was not signed by this control plane's issuer.");

    /// <summary>401: the token's time is over.</summary>
    public static ArmError TokenExpired(DateTime expired, DateTimeOffset now) =>
        new(401, "ExpiredAuthenticationToken", $"The access token expired at {expired:u} (now {now.UtcDateTime:u}). Get a new one.");

    /// <summary>401: the token's time has not come; usually a clock is wrong.</summary>
    public static ArmError TokenNotYetValid(DateTime start, DateTimeOffset now) =>
        new(401, "InvalidAuthenticationToken",
            $"The access token is not valid before {start:u} (now {now.UtcDateTime:u}). Check the clocks.");

    /// <summary>401: the token outlived what it was given for.</summary>
    public static ArmError TokenOutlived(Principal principal) =>
        new(401, "InvalidAuthenticationToken",
            $"The client '{principal.ApplicationId}' was deleted or its credential was replaced after the access token was issued. "
            + "Sign in again.");

    /// <summary>408: the body of the request did not arrive in time.</summary>
    public static ArmError BodyTooSlow(TimeSpan limit) =>
        new(408, "RequestTimeout", $"The request body did not arrive within {limit.TotalSeconds:0} s. Send the request again.");

    /// <summary>401: the token is for another audience.</summary>
    public static ArmError TokenAudience(IEnumerable<string> allowed) =>
        new(401, "InvalidAuthenticationTokenAudience",
            $"The access token is for another audience. Allowed audiences: {string.Join(", ", allowed)}.");

    /// <summary>401: the token was issued by or for another tenant.</summary>
    public static ArmError TokenTenant(string tenant) =>
        new(401, "InvalidAuthenticationTokenTenant",
            $"The access token was issued by another issuer or for another tenant. This control plane's tenant is '{tenant}'.");

    /// <summary>401: another issuer's token bears an id that only this control plane gives out.</summary>
    public static ArmError TokenPosesAsOwn() =>
        new(401, "InvalidAuthenticationToken",
            "The external issuer's access token has the object id of one of this control plane's own identities.");

    /// <summary>409: others change service principals or roles all the time.</summary>
    public static ArmError ServicePrincipalContended(string clientId) =>
        new(409, ConcurrentRequest, $"Roles kept changing while service principal '{clientId}' was being deleted. Retry the request.");

    /// <summary>503: the keys of an external issuer cannot be had.</summary>
    public static ArmError IssuerUnreachable(string issuer) =>
        new(503, "IssuerUnreachable", $"Cannot read the signing keys of the issuer '{Shown(issuer)}' right now. Retry later.",
            RetryAfter: TimeSpan.FromSeconds(10));

    /// <summary>403: the caller may not do this there.</summary>
    public static ArmError AuthorizationFailed(Principal principal, ArmAction action) =>
        new(403, "AuthorizationFailed",
            $"The client '{principal.ApplicationId}' with object id '{principal.ObjectId}' does not have the right to perform action "
            + $"'{action.Name}' over scope '{action.Scope}'. Assign a role that grants it at this scope or above.");
}
