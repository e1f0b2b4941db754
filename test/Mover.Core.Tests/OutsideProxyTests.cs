using System.Net;
using Mover.Core.Net;

namespace Mover.Core.Tests;

public sealed class OutsideProxyTests
{
    [Theory]
    [InlineData("https://account.blob.core.windows.net/c", true)]
    [InlineData("http://10.0.0.7:10000/account/c", true)]
    [InlineData("https://127.0.0.1:7443/", false)]
    [InlineData("http://localhost:10000/account/c", false)]
    [InlineData("https://[::1]:7443/", false)]
    public void Only_other_machines_are_reached_through_the_proxy(string address, bool isThroughProxy)
    {
        var proxy = new OutsideProxy(new WebProxy("http://proxy.example:3128"));

        Assert.Equal(isThroughProxy, !proxy.IsBypassed(new(address)));
        Assert.Equal(isThroughProxy, proxy.GetProxy(new(address)) is not null);
    }
}
