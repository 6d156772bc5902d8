// What the peers, the controller and the cloud are asked, and what is made of their answers.
