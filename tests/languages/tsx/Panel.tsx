import React, { useState } from "react";
import { Button, Icons } from "./controls";
import type { Theme } from "./theme";

interface Props {
  title: string;
  onClose?: () => void;
}

/** A panel with a title. */
export function Panel({ title, onClose, children }: React.PropsWithChildren<Props>) {
  const [open, setOpen] = useState<boolean>(true);
  const toggle = () => setOpen(!open);
  return (
    <section className="panel" onClick={toggle}>
      <Header<Theme> title={title} icon={Icons} />
      <Icons.Close onClick={onClose} />
      {open && <Body {...Button}>{children}</Body>}
      <Button label={title} render={() => <Panel title="inner" />}>{Header}</Button>
    </section>
  );
}

const Header = <T,>(props: { title: string; icon: T }) => <h1>{props.title}</h1>;

export const Body = React.memo(function BodyInner(props: object) {
  return <div {...props} />;
});

export class Old extends React.Component<Props, { count: number }> {
  state = { count: 0 };
  static defaultProps = { title: "none" };
  render() {
    return <Panel {...this.props}>{this.state.count}</Panel>;
  }
}

Panel.displayName = "Panel";
Panel.Header = function PanelHeader() { return <></>; };

export default Panel;
