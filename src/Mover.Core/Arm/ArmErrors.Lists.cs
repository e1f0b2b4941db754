using System.Globalization;

namespace Mover.Core.Arm;

/// <summary>Refusals of lists, tags, providers and too many requests; codes as Azure Resource Manager gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>400: a filter that is not understood.</summary>
    public static ArmError InvalidFilter(string filter, string why) =>
        new(400, "InvalidFilterInQueryString", $"Invalid $filter '{Shown(filter)}' specified in the query string: {why}", "$filter");

    /// <summary>400: a page size that is no number in range.</summary>
    public static ArmError InvalidTop(string top) =>
        new(400, "InvalidTopInQueryString", $"Invalid $top '{Shown(top)}' specified in the query string: it must be a whole number "
            + "greater than 0.", "$top");

    /// <summary>404: no such type in a namespace that is there.</summary>
    public static ArmError InvalidResourceType(string type, string provider) =>
        new(404, "InvalidResourceType", $"The resource type '{Shown(type)}' could not be found in the namespace '{provider}'.");

    /// <summary>409: the subscription has unregistered the provider.</summary>
    public static ArmError MissingSubscriptionRegistration(string provider) =>
        new(409, "MissingSubscriptionRegistration", $"The subscription is not registered to use namespace '{provider}'. Register it with "
            + $"POST /subscriptions/{{id}}/providers/{provider}/register.", provider);

    /// <summary>409: there are resources of the provider.</summary>
    public static ArmError ProviderInUse(string provider, string resource) =>
        new(409, "ProviderHasResources", $"The namespace '{provider}' cannot be unregistered: it still has resources, such as "
            + $"'{resource}'. Delete them first.", provider);

    /// <summary>400: the resource has no tags.</summary>
    public static ArmError TagsNotSupported(ResourceId id) =>
        new(400, "TagsNotSupported", $"Resources of type '{id.Type}' do not support tags.");

    /// <summary>429: this caller sends more than its share.</summary>
    public static ArmError TooManyRequests(string kind, TimeSpan wait) =>
        new(429, "SubscriptionRequestsThrottled", "This caller has reached its limit of " + kind + ". Retry after "
            + Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture) + " s.",
            RetryAfter: TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(wait.TotalSeconds))));

    /// <summary>429: too many requests of an address had to be checked.</summary>
    public static ArmError TooManyFromAddress(TimeSpan wait) =>
        new(429, "TooManyRequests", "Too many requests without a valid token came from this address. Retry after "
            + Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture) + " s.",
            RetryAfter: TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(wait.TotalSeconds))));
}
