using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;

namespace Mover.Server.Resources;

/// <summary>What the query of a list asks for.</summary>
/// <param name="Filter">What is shown.</param>
/// <param name="PageSize">Resources on a page.</param>
/// <param name="Expansion">What is shown of each besides.</param>
/// <param name="After">The key that the page starts behind; null for the first.</param>
internal sealed record ListQuery(ResourceFilter Filter, int PageSize, ResourceExpansion Expansion, string? After)
{
    private const int TokenBytesMax = 4096;

    /// <summary>Reads <c>$filter</c>, <c>$top</c>, <c>$expand</c> and <c>$skiptoken</c>; what is not known of <c>$expand</c> is
    /// ignored.</summary>
    public static Result<ListQuery> Read(ResourceScope scope, ServerOptions options)
    {
        var query = scope.Http.Request.Query;
        if (!ResourceFilterParser.Parse(query["$filter"].ToString()).Try(out var filter, out var refusal))
        {
            return refusal;
        }

        var size = Math.Min(options.PageSize, ServerOptions.PageSizeMax);
        var top = query["$top"].ToString();
        if (top.Length > 0)
        {
            if (!int.TryParse(top, System.Globalization.NumberStyles.None, null, out var asked) || asked < 1)
            {
                return ArmErrors.InvalidTop(top);
            }

            size = Math.Min(asked, ServerOptions.PageSizeMax);
        }

        return TryReadToken(scope, query["$skiptoken"].ToString(), out var after)
            ? new ListQuery(filter, size, ExpansionOf(query["$expand"].ToString()), after)
            : ArmErrors.InvalidSkipToken();
    }

    /// <summary>The link to the page behind a key, with everything else that was asked.</summary>
    public static string NextLink(ResourceScope scope, string next)
    {
        var link = new StringBuilder($"{scope.BaseUrl}{scope.Http.Request.Path}?api-version={Uri.EscapeDataString(scope.ApiVersion)}");
        foreach (var name in new[] { "$filter", "$top", "$expand" })
        {
            if (scope.Http.Request.Query[name].ToString() is { Length: > 0 } value)
            {
                link.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }

        return link.Append("&$skiptoken=").Append(WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(next))).ToString();
    }

    private static bool TryReadToken(ResourceScope scope, string token, out string? after)
    {
        after = null;
        if (token.Length == 0)
        {
            return true;
        }

        try
        {
            after = token.Length <= TokenBytesMax ? Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(token)) : null;
            return after?.StartsWith(scope.Id.Key + "/", StringComparison.Ordinal) == true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static ResourceExpansion ExpansionOf(string expand)
    {
        var found = ResourceExpansion.None;
        foreach (var part in expand.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            found |= part.ToLowerInvariant() switch
            {
                "createdtime" => ResourceExpansion.CreatedTime,
                "changedtime" => ResourceExpansion.ChangedTime,
                "provisioningstate" => ResourceExpansion.ProvisioningState,
                _ => ResourceExpansion.None,
            };
        }

        return found;
    }
}
