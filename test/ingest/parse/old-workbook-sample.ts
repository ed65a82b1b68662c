import { gunzipSync } from 'node:zlib';

/**
 * A workbook of Excel 97 to 2003, written by the Python package xlwt 1.3.0, so that our reader meets bytes of another hand:
 * 订单 (title, dates, shares), Stock (header of two rows with merged cells), Long (texts that need more than one record).
 */
export function oldWorkbook(): Uint8Array {
  return gunzipSync(Buffer.from(packed, 'base64'));
}

const packed = `
H4sIAAAAAAACA+3dB3RU1bsF8DOTQkIJLQQIEELvmOkzSBMRK4igiKioQACpSlFERQSxYEdFRUVBxY69994bdmygYu8FO/nfs78dRN43F85d7/
mW73GzmEz53Ttz5p7ZaxNz8KUX669ZdnPpWrPZ1tvkmA1VhSZ/k/tC3p8dqm/UM97jVVX2avX3vt6fqm3bv2orLPBOZH6eubfOczXsObTne60J
m5tyH/YujfnA+3OAOcwMmjqlsvwf3PrhNRwSsq+hVyjfm3thb0Ze7F0WmaZ4ZQ1wORqXDXF5I/R9uOyLe07HZS/PrgmNMC/2GdQ5zZk8PNwajx
V5lyFzJ/ZZjXsippF5ys7k484Kic0zO0w79JBJ/+cfKMutba4w3jTYuXJK5TR7u6650tQ0Zj9v6zZwYLf+/ctyC80Kk2tMRfeKdmW5jcxVNgiO
8rZukyd3GzOmfPz4HpMnrzHF3kS6wvxUVW7Mj9WJ8VD5tvv/2ftDxrv/l7/fXyPL/QXeqdbut+dbu7+md+o3v/+csDcz5pqqg0P2Q7XA1DYP4f
MWDi0/dZ+hC0wds2h7ezvPDJ0xdfRECw7qbe/INXtMnTLuD1Ne3tubkvZPoQlFTYWJmriZMTJhCsbZI+QYHOjnod7h11W2HOd9G7DPw3t7314+
+5ILvEcvGDV61EnTc4zZu1/Eu/nunp2mTB2Hm1HvcseZh+F6zNshOX/9cO/G9IkzvZe8S+W0ygJjhk6dNKZ86swZ3j1jp1VWet/GV04a472YKd
7VGZWzZpTY/bb2K2Iau/Dk/KhpYswsfYs1dTuW/Yp7n/Ot3ilhSrI8edJxGClvGI6vNe1FeraRz8o4vOsRb8o0djtJkezveiTq/K5HTMyUup+q
iDfNs7z/kYTjgJKu73/EpHze/0g60HgyxuG0RXHa9FcQjTRx/RhFjfN5i+K8ZZ2D0bjTaBJukzCKc5blyaOpAINJB5mEUZw09WXEKpwGFMOnyu
kFxHDWssZfLMB4YvhQhbaeJ7JOwljSeTgp90kYw3nLOgljLkkYd03CuF8Sxt2TMB4sCePZkzCecByQcxLGfZMwng40HqckTPgkYcI1CRNBkjDh
n4SJuNNoHJMw4ZeEiVSAwQRKwkT2JEy6JWHSPQmTvkmYDJKESbckTPokYTLpPJwASZj0T8KkSxKmXJMw5ZeEKfckTAVLwlT2JEwlHAfknIQp3y
RMpQONxykJ0z5JmHZNwnSQJEz7J2E67jQaxyRM+yVhOhVgMIGSMJ09CTNuSZhxT8KMbxJmgiRhxi0JMz5JmEk6DydAEmb8kzCTaez2t+MKt5Ng
d4lkPwmRimip+1+RK7wPVrMgf6ms8M5eltMRqUg4DyzpejrsTimf0xGpSAccV8Y4nccIzqP+MiKRiPOwIt4nLcCJjOBEZp2ckUjccVQJ19kZwU
nMNjsjqUCDSgebnRGcRX12RiscBxbFx87xNEZxGrPOzmgs0Lii+NSFXHZIZJ+d0WSAYaWCzM4oTmT22Rl1y86Ye3bGfLMzFiQ7Y0GzM+aTnbGE
88ACZGfMPztj6YDjcszOuF92xt2zMx4sO+NbyM543HFUztkZ983OeCrQoAJmZ9wnOxOu2ZkIkp0J/+xMBMvOhGt2JvyyM5EMMKxA2ZnYQnYm3L
Iz6Z6dSd/sTAbJzmTQ7Ez6ZGcy4TywANmZ9M/OZDrguByzM+WXnSn37EwFy87UFrIzFXcclXN2pnyzM5UKNKiA2Znyyc60a3amg2Rn2j8708Gy
M61lZ09TUBzy38snQNPJAGMLFKDpLQRo2i1AM+4BmvEN0EyQAM0EDdCMT4BmEs4DCxCgGf8AzaQDjsspQKP8AUyW/9Jd4Rqg8hsype7/fbjCP0
CjFXHHUTkGaJQ/fcn237wrUoEGFShAo/zxi9F/+6DCcWAR9wCN8ucv2c5HNBILNK6IW/mM8gcw2X4PIxlgWKkgszPin53RSMZpVFHX7Izypy/Z
Zmc0GmBQ0WDZGeWPX/TZGU04DyzpPjujvtkZjaYDjssxO2N+2Rlzz85YsOyMbSE7Y3HHUTlnZ8w3O2OpQIMKmJ0xn+yMu2ZnPEh2xv2zMx4sO+
Ou2Rn3y854MsCwAmVnfAvZGXfLzoR7diZ8szMRJDsTQbMz4ZOdiYTzwAJkZ8I/OxPpgONyzM6kX3Ym3bMzGSw7k1vIzmTccVTO2Zn0zc5kKtCg
AmZn0ic7U67ZmQqSnSn/7EwFy86Ua3am/LIzlQwwrEDZmdpCdqbcsjPtnp1p3+xMB8nOdNDsTPtkZzrhPLAA2Zn2z850OuC4HLMz45edGffszA
TLzswWsjMTdxyVc3ZmfLMzkwo0qIDZaX/yUtMYI+sX6/1t/WIdrOmr7V2OMXVxvT5W9tUzBeaPa75bNXDU4D4H4Z653j3VK1vb2cVLpsocb/fw
di4yslSp+rIz9uiCy3k4ajNcL8VlsWe87+0HN+KVAfNhTsCj7b3niWF7pU+HTa539K4v+GKvu8oWfNink3d95c5rZxevfKPPMtPaFHqvPoSv+a
ZrqGtoyYV2u7tP9fcQV0C+i8um/2U1ZEG4Hl97FZfv1jV/4j0z3vthtwdMEcZen1+52Cek7BPCPvZSblW/o3Ir7N3K2XgrB0eqvpXr3crjqwkr
Rw7jyPaszQnXxDvWwCx+PMzH7JHtab0fY7VHvrWhHV9jrBmzx8xRjpmDY9ozm+OdxRzvmMV4eFXXj/vK4/a4hXzOHBzXm0LUud7xuaCtj32GXD
zX358hF89Qk0fIxateyledi6PX2viYPXoX79Y6vo+y3q13uIG5I1y9arp6+ydmdD5fwb93RueqM7o255zM6DqY3/a9COO9kkfsuSjikUKbHcnq
ED8bf83yun+b5fV4VJnlOThOHp7xr+Pkmxa4Tz4TdkW8PFTDlIVMmff+V38UNn3y+70slo/CtXWrp1Z97+2wLz8vXMDJbzZO+c33lSm/EvsW4X
rpxn1lgoeMNpntvjKZb6lb/Yz1vVNVvW8un3edd7wcDDSH3//6RwHCMpnN/8Zk7ooXEv4XT+awOpnr/20yN9hkym7qbcCENgboX5O24SaBu7kP
b4wuiVjrizeZWZt7mVlF9DnwjehzFZ+7ceZKGFpfQp+nePmolNDnwTemz1d8/sbZbX0+fBP6GoqvAV9GXwO+KX2B4gs2fgKsL4AvpS9UfCF8e/
pC+Gb0NRUvn+zO9DXhm9PXUnwt+O70teBb0NdWfG34KH1t+DL6OoqvA5+krwPfkr5I8ZIuPeiL4Mvp6yq+Lnxv+rrwrejrKb4efD/6evCt6esr
vj78APr68G3oGyheEm43+gbwbekbKr4h/CD6hvDt6IsVXww/hL4Yvj19I8U3gh9G3wi+A32J4kvgR9CXwHekb6z4xvAj6RvDd6Jvovgm8KPom8
B3pm+q+KbwY+mbwnehL1V8KfwE+lL4rvTNFN8Mfgp9M/hu9M0V3xx+Gn1z+O70LRTfAv4I+hbw29GXKb4MfjZ9GXwFfUvFt4SfQ98SPkJfrvhy
+Hn05fBR+laKbwV/In0r+Bh9a8W3hl9I3xo+Tt9G8W3gz6BvA5+gb6v4tvCL6NvCJ+nbKb4d/GL6dvAp+vaKbw+/hL49fJq+g+I7wC+l7wCfoe
+o+I7wy+k7wveg76T4TvAr6DvBb0/fWfGdpeXRd4bvSd9F8V2k2dF3ge9F31XxXaXN0XeF703fTfHd4O+g7wbfh7674rvD30PfHb4v/XaK3w7+
Afrt4Hegr1B8Bfwj9BXw/egjio/AP0Efgd+RPqr4KPwz9FH4/vQxxcfgX6CPwe9EH1d8HH4VfRx+AH1C8Qn41+kT8DvTJxWfhF9Nn4TfhT6l+B
T8e/Qp+F3p04pPw39An4bfjT6j+Az8x/QZ+N3peyi+B/zn9D3g96DfXvHbw39Nvz38QPqeiu8J/z19T/hB9L0U3wt+PX0v+D3peyu+N/xv9L3h
B9P3UXwf+A30feD3ou+r+L7w4ZD4vvBD6HdQ/A7S/+l3gB9K30/x/aT/0/eD35t+R8XvKP2ffkf4fej7K76/9H/6/vDD6HdS/E7S/+l3gt+Xfo
DiB0j/px8AP5x+Z8XvLP2ffmf4/eh3Ufwu0v/pd4EfQb+r4neV/k+/K/z+9Lspfjfp//S7wR9Av7vid5f+T787/IH0eyh+D+n/9HvAj6QfqPiB
0v/pB8IfRD9I8YOk/9MPgj+Yfk/F7yn9n35P+EPoByt+sPR/+sHwo+j3Uvxe0v/p94IfTT9E8UOk/9MPgR9DP1TxQ6X/0w+Fr6TfW/F7S/+n3x
t+LP0+it9H+j/9PvDj6Icpfpj0f/ph8OPp91X8vtL/6feFP5R+uOKHS/+nHw4/gX4/xe8n/Z9+P/iJ9CMUP0L6P/0I+En0+yt+f+n/9PvDT6Y/
QPEHSP+nPwB+Cv2Bij9Q+j/9gfBT6UcqfqT0f/qR8IfRH6T4g6T/0x8Efzj9wYo/WPo//cHw0+gPUfwh0v/pD4GfTj9K8aOk/9OPgp9BP1rxo6
X/04+Gn0k/RvFjpP/Tj4E/gr5S8ZXS/+kr4Y+kH6v4sdL/6cfCz6Ifp/hx0v/px8EfRT9e8eOl/9OPh59Nf6jiD5X+T38o/NH0ExQ/Qfo//QT4
Y+gnKn6i9H/6ifDH0k9S/CTp//ST4OfQT1b8ZOn/9JPhj6Ofovgp0v/pp8DPpZ+q+KnS/+mnwh9Pf5jiD5P+T38Y/Dz6wxV/uPR/+sPh59NPU/
w06f/00+BPoJ+u+OnS/+mnwy+gn6H4GdL/6WfAn0g/U/Ezpf/Tz4Q/if4IxR8h/Z/+CPiT6Y9U/JHS/+mPhD+FfpbiZ0n/p58Fv5D+KMUfJf2f
/ij4U+lnK3629H/62fCn0R+t+KOl/9MfDX86/TGKP0b6P/0x8GfQH6v4Y6X/0x8Lfyb9HMXPkf5PPwf+LPrjFH+c9H/64+DPpp+r+LnS/8Pi58
Ivoj9e8cdL/6c/Hv4c+nmKnyf9n34e/Ln08xU/X/o//Xz48+hPUPwJ0v/pT4BfTL9A8Quk/9MvgD+f/kTFnyj9n/5E+AvoT1L8SdL/6U+Cv5D+
ZMWfLP2f/mT4JfSnKP4U6f/0p8BfRL9Q8Qul/9MvhL+Y/lTFnyr9n/5U+EvoT1P8adL/6U+DX0p/uuJPl/5Pfzr8pfRnKP4M6f/0Z8BfRn+m4s
+U/k9/Jvwy+rMUf5b0f/qz4JfTn634s6X/058Nfzn9IsUvkv5Pvwj+CvpzFH+O9H/6c+CvpD9X8edK/6c/F34F/XmKP0/6P/158FfRL1b8Yun/
9Ivhr6Y/X/HnS/+nPx/+GvoLFH+B9H/6C+Cvpb9Q8RdK/6e/EP46+iWKXyL9n34J/PX0Fyn+Iun/9BfB30B/seIvlv5PfzH8SvpLFH+J9H/6S+
BvpF+q+KXS/+mXwt9Ef6niL5X+T38p/M30lyn+Mun/9JfB30K/TPHLpP/TL4O/lX654pdL/6dfDn8b/eWKv1z6P/3l8LfTX6H4K6T/018Bfwf9
lYq/Uvo//ZXwd9KvUPwK6f/0K+Dvor9K8VdJ/6e/Cv5u+qsVf7X0f/qr4e+hv0bx10j/p78G/l76axV/rfR/+mvh76O/TvHXSf+nvw7+fvrrFX
+99H/66+EfoL9B8TdI/6e/Af5B+pWKXyn9n34l/EP0Nyr+Run/9DfCP0x/k+Jvkv5PfxP8I/Q3K/5m6f/0N8M/Sn+L4m+R/k9/C/xj9Lcq/lbp
//S3wj9Of5vib5P+T38b/BP0tyv+dun/9LfDP0l/h+LvkP5Pfwf8U/R3Kv5O6f/0d8I/TX+X4u+S/k9/F/wz9Hcr/m7p//R3wz9Lf4/i75H+T3
8P/HP09yr+Xun/9PfCP09/n+Lvk/5Pfx/8C/T3K/5+6f/098O/SP+A4h+Q/k//APxL9A8q/kHp//QPwr9M/5DiH5L+nyP+IfhV9A8r/mHp//QP
w79C/4jiH5H+T/8I/Kv0jyr+Uen/9I/Cv0b/mOIfk/5P/xj86/SPK/5x6f/0j8O/Qf+E4p+Q/k//BPyb9E8q/knp//RPwr9F/5Tin5L+T/8U/G
r6pxX/tPR/+qfh36Z/RvHPSP+nfwb+HfpnFf+s9H/6Z+HfpX9O8c9J/6d/Dv49+ucV/7z0f/rn4d+nf0HxL0j/p38Bfg39i4p/Ufo//Yvwa+lf
UvxL0v/pX4L/gP5lxb8s/Z/+ZfgP6VcpfpX0f/pV8B/Rv6L4V6T/078Cv47+VcW/Kv2f/lX4j+lfU/xr0v/pX4P/hP51xb8u/Z/+dfhP6d9Q/B
vS/+nfgP+M/k3Fvyn9n/5N+M/p31L8W9L/6d+C/4J+teJXS/+nXw3/Jf3bin9b+j/92/Bf0b+j+Hek/9O/A/81/buKf1f6P/278N/Qv6f496T/
078H/y39+4p/X/o//fvw39GvUfwa6f/0a+C/p1+r+LXS/+nXwv9A/4HiP5D+T/8B/I/0Hyr+Q+n/9B/C/0T/keI/kv5P/xH8evp1il8n/Z9+Hf
zP9B8r/mPp//Qfw/9C/4niP5H+T/8J/K/0nyr+U+n/9J/C/0b/meI/k/5P/xn87/SfK/5z6f/0n8P/Qf+F4r+Q/k//Bfyf9F8q/kvp//Rfwm+g
/0rxX0n/p/8Kvor+a8V/Lf2f/mt4+0vI1n+j+G+k/9N/Ax+i/1bx30r/p/9Wfjuc/jvFfyf9n/47+Bz67xX/vfR/+u/hc+l/UPwP0v/pf4DPo/
9R8T9K/6f/ET6f/ifF/yT9n/4n+Br06xW/Xvo//Xr4AvqfFf+z9H/6n+EL6X9R/C/S/+l/ga9J/6vif5X+T/8rfC363xT/m/R/+t/ga9P/rvjf
pf/T/y6LO+j/UPwf0v/p/4Avov9T8X9K/6f/UxZ90G9Q/Abp//Qb4OvRVym+Svo/fZUst6K3n5vNvb3Pm/G5/P3/UIi/TYPf/1d8CD6fPgTfkD
6s+DB8TfowfDF9juJz4Ivoc+Ab0ecqPhe+AX0ufAl9nuLz4Evo8+Ab0+crPh++lD4fvgl9DcXXgC+jrwHflL5A8QXwrekL4EvpCxVfCN+evhC+
GX1NxdeE70xfE745fS3F14LvTl8LvgV9bcXXho/S14Yvo6+j+DrwSfo68C3pixRfBN+Dvgi+nL6u4uvC96avC9+Kvp7i68H3o68H35q+vuLrww
+grw/fhr6B4hvA70bfAL4tfUPFN4QfRN8Qvh19seKL4YfQF8O3p2+k+Ebww+gbwXegL1F8CfwI+hL4jvSNFd8YfiR9Y/hO9E0U3wR+FH0T+M70
TRXfFH4sfVP4LvSlii+Fn0BfCt+Vvpnim8FPoW8G342+ueKbw0+jbw7fnb6F4lvAH0HfAn47+jLFl8HPpi+Dr6BvqfiW8HPoW8JH6MsVXw4/j7
4cPkrfSvGt4E+kbwUfo2+t+NbwC+lbw8fp2yi+DfwZ9G3gE/RtFd8WfhF9W/gkfTvFt4NfTN8OPkXfXvHt4ZfQt4dP03dQfAf4pfQd4DP0HRXf
EX45fUf4HvSdFN8JfgV9J/jt6TsrvjP8tfSd4XvSd1F8F/iV9F3ge9n/SWbWNZfbtm3btm3btm3btm3btm2+m/yTAob/qIT8Szd2ib1dNm+Xwh
eyVNhl6HZpuV0ubpeA22XdslTbYEm1XSZtlz7b5cx2ibJddmyXEtvlwXbJr13Ga5fm2uW2dgmtXRZrl7ra5at2SapdZmqXjtrloHaJp122aZdi
2uWVdsmkXQZplzba5Yp2CaJdVmiXCtrlf3ZJn12mZ5fe2eV0domcXfZml7LZ5Wl2yZldRmaXhtnlXnYJl12WtaGqqupP74/9/v91G2Kmel8zvH
Oxk5nifZ+GX+jd+q3E5IWqjxXayn3s+119fV/v2aeZiWYUXsdE5/nbwIRDm45nq3ec+9/3EXJ9/g0ur/N/+Pn/A9DtdicAhgAA
`;
