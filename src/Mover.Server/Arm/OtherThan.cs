using Microsoft.AspNetCore.Routing.Matching;

namespace Mover.Server.Arm;

/// <summary>
/// A segment that is none of the fixed words that can stand in its place. The table of routes is built at the first request, with every
/// path of fixed words tried for every parameter: a parameter that says what it is not keeps that from multiplying.
/// </summary>
internal abstract class OtherThan(params string[] words) : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
{
    /// <inheritdoc/>
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values,
        RouteDirection routeDirection) =>
        values[routeKey] is not string segment || Allows(segment);

    /// <inheritdoc/>
    public bool MatchesLiteral(string parameterName, string literal) => Allows(literal);

    private bool Allows(string segment) => !words.Contains(segment, StringComparer.OrdinalIgnoreCase);
}

/// <summary>A first segment that names a tenant, as <c>{tenant:tenant}</c>: no word that other paths begin with.</summary>
internal sealed class TenantSegment()
    : OtherThan("subscriptions", "providers", "vaults", "servicePrincipals", "tenants", "identity", "metadata", "v1.0")
{
    public const string Name = "tenant";
}

/// <summary>A type within a provider, as <c>{type2:type}</c>: not the word with which the next provider begins.</summary>
internal sealed class TypeSegment() : OtherThan("providers")
{
    public const string Name = "type";
}
